from collections.abc import AsyncGenerator

import httpx
import pytest
from httpx import ASGITransport
from litestar import Litestar

from service_desk.intake import sms, voice
from service_desk.problems import EXCEPTION_HANDLERS
from service_desk.settings import get_settings


def client_of(app: Litestar) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=ASGITransport(app, raise_app_exceptions=False),
        base_url=get_settings().public_url,
    )


@pytest.fixture(scope="session")
def app() -> Litestar:
    return Litestar(
        route_handlers=[sms.router, voice.router], exception_handlers=EXCEPTION_HANDLERS
    )


@pytest.fixture
async def client(app: Litestar, desk: str) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client
