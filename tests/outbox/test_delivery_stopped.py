"""STOP between queueing and sending: opt-outs are checked before every attempt (DESIGN §2.9)."""

import asyncio
from datetime import timedelta

import pytest

from service_desk.contacts.opt_outs import mark_opted_out
from service_desk.database import fetch
from service_desk.outbox.delivery import deliver_due
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.conversation import reply
from tests.factories import NOW, PHONE, make_staff, make_ticket
from tests.outbox.delivering import SLOW_DOWN, by_twilio, queue, rows, states
from tests.outbox.servers import Answer, FakeTwilio, fake_twilio


async def test_stop_during_an_attempt_ends_the_retries(twilio: FakeTwilio) -> None:
    ticket = await make_ticket()
    await reply(ticket.number, "We come today", staff_id=await make_staff(), now=NOW)
    twilio.answers = [Answer(429, SLOW_DOWN.body, seconds=0.2)]
    worker = asyncio.create_task(deliver_due(NOW))
    await twilio.requested.wait()
    assert await mark_opted_out(PHONE, now=NOW)
    await worker
    assert await rows() == [("suppressed", 1, None)]
    assert await deliver_due(NOW + timedelta(hours=1)) == 0
    assert len(twilio.requests) == 1
    shown = (await get_ticket(ticket.number, NOW)).messages[-1]
    assert (shown.delivery, shown.delivery_error) == ("suppressed", None)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_stop_while_a_reply_is_being_queued_suppresses_it(
    twilio: FakeTwilio, channel: str
) -> None:
    """STOP commits just before the transaction that queues the text, which does not see it."""
    await make_ticket()
    await _queue_while_stop_arrives(channel)
    assert await states() == ["queued"]
    assert await deliver_due(NOW) == 1
    assert await rows() == [("suppressed", 0, None)]
    assert twilio.requests == []


async def test_the_handset_suppresses_it_too(handset: None) -> None:
    await make_ticket()
    await _queue_while_stop_arrives("sms")
    await queue(1, "email", "ann@example.com")
    assert await deliver_due(NOW) == 2
    assert await rows() == [("suppressed", 0, None), ("sent", 1, None)]


async def test_a_suppressed_text_takes_no_segments(desk: str) -> None:
    await make_ticket()
    await _queue_while_stop_arrives("sms")
    await queue(1, recipient="+8613800138009")
    async with fake_twilio() as twilio, open_gateways(by_twilio(twilio, pace=1)):
        while await deliver_due(NOW):
            pass
    assert await states() == ["suppressed", "sent"]


async def _queue_while_stop_arrives(channel: str) -> None:
    await queue(1, channel)
    await fetch("UPDATE customer SET opted_out_at = $1", NOW)
