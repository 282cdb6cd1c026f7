from collections.abc import Generator

import pytest

from service_desk.settings import get_settings


@pytest.fixture
def demo(desk: str, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The desk as `service-desk up --demo` runs it."""
    monkeypatch.setenv("DESK_DEMO", "1")
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()
