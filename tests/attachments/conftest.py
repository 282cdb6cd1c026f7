from collections.abc import AsyncGenerator

import pytest

from service_desk.settings import get_settings
from tests.attachments.media_server import ACCOUNT, TOKEN, MediaServer, media_server


@pytest.fixture
async def carrier(desk: str, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[MediaServer]:
    """The desk fetches media from this server, by TWILIO_API_BASE."""
    async with media_server() as server:
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
        monkeypatch.setenv("TWILIO_API_BASE", server.url)
        get_settings.cache_clear()
        yield server
        monkeypatch.undo()
        get_settings.cache_clear()
