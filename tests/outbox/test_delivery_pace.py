"""A sender keeps to its pace, however much is queued."""

import asyncio
from datetime import timedelta

from service_desk.database import transaction
from service_desk.outbox.delivery import deliver_due
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.outbox.queue import queue_message
from tests.factories import NOW, PHONE
from tests.outbox.delivering import by_twilio, queue
from tests.outbox.servers import fake_twilio


async def test_a_sender_keeps_its_pace(desk: str) -> None:
    """5 a second, however many workers there are; nothing queued is lost."""
    async with fake_twilio() as twilio:
        async with open_gateways(by_twilio(twilio, pace=5)):
            await queue(23)
            await queue(30, "email", "ann@example.com")  # to the handset, which has no limit
            assert await deliver_due(NOW) == 30 + 5
            sent = [len(twilio.sent)]
            for second in range(1, 6):
                now = NOW + timedelta(seconds=second)
                while sum(await asyncio.gather(*(deliver_due(now) for _ in range(3)))):
                    pass
                sent.append(len(twilio.sent))
        assert sent == [5, 10, 15, 20, 23, 23]
        assert sorted(int(one["Body"]) for one in twilio.sent) == list(range(23))


async def test_long_texts_count_by_segments(desk: str) -> None:
    """Twilio limits segments; a text larger than the limit does not block the others for good."""
    async with fake_twilio() as twilio, open_gateways(by_twilio(twilio, pace=4)):
        for length in (320, 320, 100, 800, 300):  # 3, 3, 1, 6 and 2 segments
            async with transaction():
                await queue_message(
                    channel="sms", recipient=PHONE, body="x" * length, purpose="reply", now=NOW
                )
        sent: list[int] = []
        for second in range(5):
            while await deliver_due(NOW + timedelta(seconds=second)):
                pass
            sent.append(len(twilio.sent))
        assert sent == [1, 3, 4, 5, 5]
