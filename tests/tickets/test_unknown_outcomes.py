"""Messages of unknown outcome: sent again, or marked as sent."""

import asyncio

import pytest

from service_desk.contacts.opt_outs import mark_opted_out
from service_desk.database import fetch, fetch_value
from service_desk.errors import Conflict, NotFound
from service_desk.outbox.delivery import MAX_ATTEMPTS, deliver_due
from service_desk.outbox.delivery_reports import record_delivery_report
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.settings import Settings
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.conversation import reply
from service_desk.tickets.unknown_outcomes import (
    mark_as_sent,
    resend_failed_messages,
    resend_message,
)
from tests.factories import NOW, PHONE, make_staff, make_ticket
from tests.outbox.servers import Answer, fake_twilio


async def unknown(body: str = "We come tomorrow") -> tuple[str, int, int]:
    """A ticket with a reply that may have gone out: its number, the outbox id, and an agent."""
    ticket, agent = await make_ticket(), await make_staff()
    await reply(ticket.number, body, staff_id=agent, now=NOW)
    id_ = await fetch_value(
        "UPDATE outbox SET state = 'unknown', attempts = 1, next_attempt_at = NULL "
        "WHERE purpose = 'reply' RETURNING id"
    )
    return ticket.number, id_, agent


async def state(outbox: int) -> str:
    return await fetch_value("SELECT state FROM outbox WHERE id = $1", outbox)


async def history(number: str) -> list[tuple[str, str]]:
    return [(event.type, event.actor) for event in (await get_ticket(number, NOW)).events]


async def test_a_message_is_sent_again_once(desk: str) -> None:
    number, outbox, agent = await unknown()
    async with fake_twilio() as twilio:
        settings = Settings(
            twilio_account_sid="AC1",
            twilio_auth_token="x",
            twilio_from="+15005550006",
            twilio_api_base=twilio.url,
        )
        async with open_gateways(settings):
            assert await deliver_due(NOW) == 0
            await resend_message(outbox, staff_id=agent, now=NOW)
            assert await deliver_due(NOW) == 1
            assert await deliver_due(NOW) == 0
        assert [sent["Body"] for sent in twilio.sent] == ["We come tomorrow"]
    assert await state(outbox) == "sent"
    assert ("message.resent", f"staff:{agent}") in await history(number)


async def test_a_message_is_marked_as_sent(desk: str) -> None:
    number, outbox, agent = await unknown()
    await mark_as_sent(outbox, staff_id=agent, now=NOW)
    assert await state(outbox) == "sent"
    assert ("message.marked_as_sent", f"staff:{agent}") in await history(number)


async def test_a_report_of_the_first_attempt_prevents_the_second(desk: str) -> None:
    """The carrier did accept the message, and says so before the second attempt begins."""
    _, outbox, agent = await unknown()
    await resend_message(outbox, staff_id=agent, now=NOW)
    assert await record_delivery_report("SM1", "delivered", outbox=outbox, error_code=None, now=NOW)
    async with open_gateways(Settings(demo=True)):
        assert await deliver_due(NOW) == 0
    assert await state(outbox) == "delivered"


async def test_of_several_decisions_at_the_same_time_one_wins(desk: str) -> None:
    number, outbox, agent = await unknown()
    outcomes = await asyncio.gather(
        resend_message(outbox, staff_id=agent, now=NOW),
        mark_as_sent(outbox, staff_id=agent, now=NOW),
        resend_message(outbox, staff_id=agent, now=NOW),
        return_exceptions=True,
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2
    decided = [type_ for type_, _ in await history(number) if type_.startswith("message.")]
    assert decided[-1] in ("message.resent", "message.marked_as_sent")
    assert len(decided) == 2  # the reply and one decision


async def test_only_unknown_outcomes_can_be_decided(desk: str) -> None:
    _, outbox, agent = await unknown()
    for known in ("queued", "sending", "sent", "delivered", "undelivered", "suppressed"):
        await fetch("UPDATE outbox SET state = $2 WHERE id = $1", outbox, known)
        for decide in (resend_message, mark_as_sent):
            with pytest.raises(Conflict):
                await decide(outbox, staff_id=agent, now=NOW)
    with pytest.raises(NotFound):
        await resend_message(10**9, staff_id=agent, now=NOW)


async def test_a_failed_message_gets_a_full_set_of_attempts(desk: str) -> None:
    _, outbox, agent = await unknown()
    await fetch("UPDATE outbox SET state = 'failed', attempts = $1", MAX_ATTEMPTS)
    with pytest.raises(Conflict):
        await mark_as_sent(outbox, staff_id=agent, now=NOW)
    await resend_message(outbox, staff_id=agent, now=NOW)
    async with fake_twilio() as twilio:
        twilio.answers = [Answer(500, "<html>")]
        settings = Settings(
            twilio_account_sid="AC1",
            twilio_auth_token="x",
            twilio_from="+15005550006",
            twilio_api_base=twilio.url,
        )
        async with open_gateways(settings):
            await deliver_due(NOW)
    assert await state(outbox) == "queued"  # more attempts will follow


async def test_nothing_is_sent_after_an_opt_out(desk: str) -> None:
    _, outbox, agent = await unknown()
    await mark_opted_out(PHONE, now=NOW)
    await resend_message(outbox, staff_id=agent, now=NOW)
    assert await state(outbox) == "suppressed"


async def test_a_message_to_staff_is_in_no_history(desk: str) -> None:
    id_ = await fetch_value(
        "INSERT INTO outbox (channel, recipient, subject, body, purpose, state, attempts, "
        "created_at) VALUES ('email', 'a@b.c', '', 'x', 'alert_digest', 'unknown', 1, $1) "
        "RETURNING id",
        NOW,
    )
    await resend_message(id_, staff_id=await make_staff(), now=NOW)
    assert await state(id_) == "queued"
    assert await fetch("SELECT * FROM ticket_event") == []


async def test_failed_messages_are_resent_together_but_not_those_of_unknown_outcome(
    desk: str,
) -> None:
    number, maybe, agent = await unknown()
    ticket = await make_ticket()
    for _ in range(3):
        await reply(ticket.number, "We come tomorrow", staff_id=agent, now=NOW)
    await fetch("UPDATE outbox SET state = 'failed' WHERE ticket = $1", ticket.id)
    assert await resend_failed_messages(staff_id=agent, now=NOW) == 3
    assert await resend_failed_messages(staff_id=agent, now=NOW) == 0
    assert await state(maybe) == "unknown"
    decided = [event for event in await history(ticket.number) if event[0] == "message.resent"]
    assert decided == [("message.resent", f"staff:{agent}")] * 3
    assert ("message.resent", f"staff:{agent}") not in await history(number)
