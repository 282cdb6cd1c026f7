"""Real servers for the whole run, an empty desk for each test that asks for one."""

import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

# Before anything of ours is imported: no setting of the developer's machine reaches the tests.
_DATA_DIR = tempfile.mkdtemp(prefix="desk-tests-")
atexit.register(shutil.rmtree, _DATA_DIR, ignore_errors=True)
for _name in [*os.environ]:
    if _name.startswith(("DESK_", "TWILIO_", "DATABASE_URL", "REDIS_URL", "SMTP_", "PUBLIC_URL")):
        del os.environ[_name]
os.environ |= {
    "DESK_DATA_DIR": _DATA_DIR,
    "PUBLIC_URL": "http://desk.test",
    "SECRET_KEY": "of tests, and long enough",
    # The desk can send, as a real one can; but whatever would leave it finds nobody there.
    "TWILIO_ACCOUNT_SID": "ACtests",
    "TWILIO_AUTH_TOKEN": "tests",
    "TWILIO_FROM": "+15005550006",
    "TWILIO_API_BASE": "http://127.0.0.1:9",
    "SMTP_URL": "smtp://127.0.0.1:9?from=desk@desk.test",
}

import httpx
import pytest
import structlog
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from httpx import AsyncClient
from hypothesis import HealthCheck, settings
from litestar import Litestar

from service_desk import embedded
from service_desk.app import create_app
from service_desk.database import DB, database_pool
from service_desk.http.gc_tuning import tune_gc
from service_desk.migrating import migrate
from service_desk.settings import get_settings
from service_desk.staff import passwords
from service_desk.staff.operations import create_token
from service_desk.valkey import valkey_client
from tests.browsing import address, browser, open_page, tabs
from tests.emptying import emptying
from tests.factories import NOW, TABLE_LIST, empty_desk, make_staff
from tests.in_process import client_of
from tests.profiles import NIGHTLY

_calm = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
settings.register_profile("fast", max_examples=20, deadline=None, suppress_health_check=_calm)
settings.register_profile(
    "nightly", max_examples=10_000, deadline=None, suppress_health_check=_calm
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
passwords.HASHER = PasswordHasher.from_parameters(CHEAPEST)  # the real one is slow on purpose
structlog.configure(  # tracebacks as in production: the coloured ones take a second each
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a third of the time a worker waits, for a server, a browser or
    a process that starts."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is for the night only is not looked at by day."""
    if NIGHTLY:
        return
    by_night = [
        item for item in items if any(m.kwargs.get("only") for m in item.iter_markers("nightly"))
    ]
    config.hook.pytest_deselected(items=by_night)
    items[:] = [item for item in items if item not in set(by_night)]


def pytest_collection_finish() -> None:
    """What is collected lives to the end, as a running desk's routes do."""
    tune_gc()


@pytest.fixture(scope="session")
def servers() -> Generator[embedded.ServerUrls]:
    """PostgreSQL and Valkey, this run's own."""
    with embedded.Servers(Path(_DATA_DIR), fast=True) as urls:
        os.environ |= {"DATABASE_URL": urls.database_url, "REDIS_URL": urls.redis_url}
        get_settings.cache_clear()
        yield embedded.ServerUrls(urls.database_url, urls.redis_url)


@pytest.fixture(scope="session")
async def database(servers: embedded.ServerUrls) -> AsyncGenerator[str]:
    """The migrated database with a running pool; its URL."""
    DB.config = {"dsn": servers.database_url}
    await migrate()
    async with database_pool(), valkey_client():
        await empty_desk()
        async with emptying(servers.database_url, TABLE_LIST):
            yield servers.database_url


@pytest.fixture
async def desk(database: str) -> str:
    """An empty desk as newly installed; the database's URL."""
    await empty_desk()
    return database


@pytest.fixture
def no_gateways() -> Generator[None]:
    """A desk that can send nothing, as newly installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TWILIO_ACCOUNT_SID")
        patch.delenv("SMTP_URL")
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def app(database: str) -> Litestar:
    return create_app(demo=True)  # its guards keep it shut but in tests of the demo


@pytest.fixture
async def client(desk: str, app: Litestar) -> AsyncGenerator[AsyncClient]:
    """HTTP to the app on an empty desk. It shares our event loop and runs no lifespan."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def api(client: AsyncClient) -> AsyncClient:
    """The same with the token of an admin, for the REST API."""
    await make_staff("admin")
    token = await create_token("admin@desk.test", ["all"], now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    client.base_url = httpx.URL("http://desk.test/api/v1")
    return client


__all__ = ["address", "browser", "open_page", "tabs"]  # fixtures of the pages' tests
