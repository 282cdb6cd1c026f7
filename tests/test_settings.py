import stat
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from service_desk.settings import (
    ENVIRONMENT_NAMES,
    Settings,
    SettingsError,
    load_or_create_secret,
    read_settings,
)

ROOT = Path(__file__).parent.parent


def test_defaults_without_any_environment() -> None:
    settings = read_settings({})
    assert settings.timezone == "Asia/Shanghai"
    assert not settings.demo
    assert not settings.uses_twilio


def test_values_are_read_by_name() -> None:
    settings = read_settings(
        {"DESK_TIMEZONE": "Europe/Berlin", "DESK_DEMO": "1", "DESK_LOCALE": "en", "SMTP_URL": ""}
    )
    assert (settings.timezone, settings.demo, settings.locale) == ("Europe/Berlin", True, "en")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DESK_TIMEZONE", "Mars/Olympus"),
        ("DESK_LOCALE", "fr"),
        ("DESK_REGION", "china"),
        ("DESK_CADENCE", "daily"),
        ("DESK_DEMO", "maybe"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgresql://desk:hush@db:port/desk"),
        ("REDIS_URL", "hush"),
    ],
)
def test_an_invalid_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"{name}.*\.env\.example") as refused:
        read_settings({name: value})
    assert "hush" not in str(refused.value)


def test_a_demo_has_a_price_to_show() -> None:
    assert read_settings({}).segment_price is None
    assert read_settings({"DESK_DEMO": "1"}).segment_price == Decimal("0.055")
    priced = {"DESK_DEMO": "1", "SMS_SEGMENT_PRICE": "0.35"}
    assert read_settings(priced).segment_price == Decimal("0.35")


def test_demo_mode_never_uses_twilio() -> None:
    credentials = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t"}
    assert read_settings(credentials).uses_twilio
    demo = read_settings(credentials | {"DESK_DEMO": "1"})
    assert not demo.uses_twilio
    assert demo.webhook_key == "t"


def test_a_generated_secret_is_shared_and_private(tmp_path: Path) -> None:
    def make(_: int) -> str:
        return load_or_create_secret(tmp_path / "data", "key")

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(make, range(16)))
    assert len(made) == 1
    assert stat.S_IMODE((tmp_path / "data" / "key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["key"]


def test_the_example_names_every_setting() -> None:
    example = (ROOT / ".env.example").read_text()
    for field in Settings.__struct_fields__:
        assert ENVIRONMENT_NAMES.get(field, field.upper()) + "=" in example, field
