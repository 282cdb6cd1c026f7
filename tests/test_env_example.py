"""`.env.example` explains every setting, and none that does not exist."""

import re
from pathlib import Path

from service_desk.settings import ENVIRONMENT_NAMES, Settings, read_settings

TEXT = (Path(__file__).parent.parent / ".env.example").read_text()


def test_every_setting_is_explained_and_no_other() -> None:
    explained = re.findall(r"^#([A-Z_]+)=", TEXT, re.MULTILINE)
    settings = [ENVIRONMENT_NAMES.get(field, field.upper()) for field in Settings.__struct_fields__]
    assert sorted(explained) == sorted(settings)


def test_its_values_can_be_read() -> None:
    lines = re.findall(r"^#([A-Z_]+)=(.*)$", TEXT, re.MULTILINE)
    settings = read_settings(dict(lines))
    assert settings.timezone == "Asia/Shanghai"
    assert settings.public_url == Settings().public_url
    assert not settings.demo
