from collections.abc import Generator

import pytest
from litestar import Litestar

from service_desk.app import create_app
from service_desk.settings import get_settings


@pytest.fixture(scope="session")
def demo_app(database: str) -> Litestar:
    """As it is made in demo mode: unlike `app`, its requests follow the demo clock."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DESK_DEMO", "1")
        get_settings.cache_clear()
        made = create_app()
    get_settings.cache_clear()
    return made


@pytest.fixture
def demo(desk: str, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The desk as `service-desk up --demo` runs it."""
    monkeypatch.setenv("DESK_DEMO", "1")
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()
