"""Gateways for these tests."""

from collections.abc import AsyncGenerator

import pytest

from service_desk.outbox.gateways.channels import open_gateways
from service_desk.settings import Settings
from tests.outbox.delivering import by_twilio
from tests.outbox.servers import FakeTwilio, fake_twilio


@pytest.fixture
async def twilio(desk: str) -> AsyncGenerator[FakeTwilio]:
    """The desk sends SMS by the fake Twilio; e-mail goes to the handset."""
    async with fake_twilio() as twilio, open_gateways(by_twilio(twilio)):
        yield twilio


@pytest.fixture
async def handset(desk: str) -> AsyncGenerator[None]:
    async with open_gateways(Settings(demo=True, twilio_account_sid="AC1", twilio_auth_token="x")):
        yield
