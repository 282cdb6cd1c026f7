"""Twilio on a bad day: nothing lost, nothing sent twice, unknown outcomes marked as such."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from service_desk.database import fetch, fetch_value, transaction
from service_desk.outbox.delivery import LEASE, deliver_due
from service_desk.outbox.gateways import twilio_gateway
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.outbox.queue import queue_message
from service_desk.settings import Settings
from tests.factories import NOW
from tests.outbox.servers import Answer, FakeTwilio, fake_twilio
from tests.profiles import in_depth

pytestmark = pytest.mark.nightly

MESSAGES = in_depth(300, 108)
SHORT_TIMEOUT = 2.0  # seconds, in place of the gateway's 15


def error(code: int) -> Answer:
    return Answer(400, f'{{"code": {code}, "message": "refused", "status": 400}}')


SLOW_DOWN = Answer(429, '{"code": 20429, "message": "Too Many Requests", "status": 429}')
DOWN = Answer(500, "<html>Internal Server Error")
# Twilio's response to the first, second, … attempt of a message; then it accepts it.
DAYS: dict[str, list[Answer]] = {
    "good": [],
    "slow": [Answer(seconds=0.2)],
    "busy": [SLOW_DOWN, SLOW_DOWN],
    "down": [DOWN, Answer(503, "")],
    "opted out": [error(21610)],
    "no number": [error(21211)],
    "wrong region": [error(21408)],
    "accepted without a response": [Answer(seconds=SHORT_TIMEOUT * 4)],
    "accepted and hung up": [Answer(0)],
}
REJECTED = ("opted out", "no number", "wrong region")
UNKNOWN = ("accepted without a response", "accepted and hung up")


class BadDay:
    """Counts what was accepted, for each message."""

    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()

    def __call__(self, parameters: dict[str, str]) -> Answer:
        body = parameters["Body"]
        kind, attempt = body.partition(":")[0], self.attempts[body]
        self.attempts[body] += 1
        days = DAYS[kind]
        answer = days[attempt] if attempt < len(days) else Answer()
        self.accepted[body] += answer.status in (0, 201)
        return answer


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_gateway, "TOTAL_SECONDS", SHORT_TIMEOUT)


async def queue_all() -> None:
    chance = random.Random(11)
    kinds = [kind for kind in DAYS for _ in range(MESSAGES // len(DAYS) + 1)][:MESSAGES]
    chance.shuffle(kinds)
    async with transaction():
        for place, kind in enumerate(kinds):
            phone = f"+861380013{place:04}"
            await fetch(
                "INSERT INTO customer (name, phone, locale, created_at) VALUES ('', $1, 'zh', $2)",
                phone,
                NOW,
            )
            await queue_message(
                channel="sms", recipient=phone, body=f"{kind}:{place}", purpose="reply", now=NOW
            )


async def work(now: datetime) -> None:
    while await deliver_due(now):
        pass


async def kill(worker: asyncio.Task[None]) -> None:
    """As by SIGKILL, in the middle of whatever it is doing."""
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker


@pytest.mark.usefixtures("desk", "impatient")
async def test_a_bad_day() -> None:
    async with fake_twilio() as twilio:
        twilio.behave = day = BadDay()
        settings = Settings(
            twilio_account_sid="AC1",
            twilio_auth_token="x",
            twilio_from="+15005550006",
            twilio_api_base=twilio.url,
            twilio_messages_per_second=1000,
        )
        await queue_all()
        async with open_gateways(settings):
            await _live_through(twilio)
    rows = await fetch("SELECT body, state, provider_id, error FROM outbox")
    assert len(rows) == MESSAGES
    lost_with_worker = 0
    for row in rows:
        body, state = row["body"], row["state"]
        kind = body.partition(":")[0]
        assert day.accepted[body] <= 1, f"{body} went out twice"
        if state == "unknown":
            assert row["error"], body
            lost_with_worker += kind not in UNKNOWN
        elif kind in REJECTED:
            assert (state, day.accepted[body]) == ("failed", 0), body
        else:
            assert kind not in UNKNOWN, f"{body} is {state}"
            assert (state, day.accepted[body]) == ("sent", 1), body
            assert row["provider_id"], body
    assert 0 < lost_with_worker <= 50  # one worker's batch
    opted_out = await fetch_value("SELECT count(*) FROM customer WHERE opted_out_at IS NOT NULL")
    assert opted_out == sum(
        row["state"] == "failed" and row["body"].startswith("opted out") for row in rows
    )


async def _live_through(twilio: FakeTwilio) -> None:
    """Three workers, the first killed at its first request; then time passes."""
    first = asyncio.create_task(work(NOW))
    await twilio.requested.wait()
    others = [asyncio.create_task(work(NOW)) for _ in range(2)]
    await kill(first)
    await asyncio.gather(*others)
    now = NOW
    for _ in range(12):
        now += LEASE + timedelta(seconds=1)
        await asyncio.gather(*(work(now) for _ in range(2)))
    assert (
        await fetch_value("SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')") == 0
    )
