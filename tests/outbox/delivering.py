"""Messages to send, and their state."""

from typing import Any

from service_desk.database import fetch, transaction
from service_desk.outbox.gateways import smtp_gateway, twilio_gateway, webhook_gateway
from service_desk.outbox.queue import queue_message
from service_desk.settings import Settings
from tests.factories import NOW, PHONE
from tests.outbox.servers import Answer, FakeTwilio

OPTED_OUT = Answer(400, '{"code": 21610, "message": "stopped", "status": 400}')
SLOW_DOWN = Answer(429, '{"code": 20429, "message": "slow down", "status": 429}')


def by_twilio(twilio: FakeTwilio, *, pace: float = 1000, smtp_url: str = "") -> Settings:
    """A desk that sends SMS by the fake Twilio."""
    return Settings(
        twilio_account_sid="AC1",
        twilio_auth_token="secret",
        twilio_from="+15005550006",
        twilio_api_base=twilio.url,
        twilio_messages_per_second=pace,
        smtp_url=smtp_url,
    )


def longest_send() -> float:
    """Seconds that any gateway may take for one message."""
    smtp = (
        smtp_gateway.BEFORE_DATA_SECONDS
        + smtp_gateway.AFTER_DATA_SECONDS
        + smtp_gateway.QUIT_SECONDS
    )
    return max(smtp, twilio_gateway.TOTAL_SECONDS, webhook_gateway.TOTAL_SECONDS)


async def queue(count: int = 1, channel: Any = "sms", recipient: str = PHONE) -> None:
    async with transaction():
        for place in range(count):
            await queue_message(
                channel=channel, recipient=recipient, body=f"{place}", purpose="reply", now=NOW
            )


async def rows() -> list[tuple[Any, ...]]:
    """(state, attempts, provider_id) of the outbox, oldest first."""
    return [
        tuple(row)
        for row in await fetch("SELECT state, attempts, provider_id FROM outbox ORDER BY id")
    ]


async def states() -> list[str]:
    return [row[0] for row in await rows()]
