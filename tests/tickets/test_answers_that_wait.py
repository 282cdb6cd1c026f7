"""An answer without a gateway meets nothing until it is sent (DESIGN §2.3)."""

import pytest

from service_desk.clocks.sweep import record_due_levels
from service_desk.contacts.opt_outs import mark_opted_out
from service_desk.database import fetch, fetch_value
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation
from service_desk.tickets.unknown_outcomes import (
    record_sent_later,
    record_undelivered,
    resend_message,
)
from tests.clocks.test_verification import HOUR, differences
from tests.factories import NOW, PHONE, make_staff, make_ticket, resolve
from tests.tickets.test_answers_that_fail import FAIL, answered, response

SENT = "UPDATE outbox SET state = 'sent', sent_at = $1, error = NULL WHERE purpose = $2"

pytestmark = pytest.mark.usefixtures("no_gateways")


async def types(number: str) -> list[str]:
    return [event.type for event in (await get_ticket(number, NOW + 9 * HOUR)).events]


async def test_a_reply_counts_from_when_it_is_sent(desk: str) -> None:
    number, _ = await answered()
    assert (await response(number, 1), await response(number, 3)) == ("running", "breached")
    shown = (await get_ticket(number, NOW)).messages[-1]
    assert (shown.delivery, shown.delivery_error) == ("queued", "No gateway is set up: it waits.")
    assert await record_sent_later(NOW + HOUR) == 0
    await fetch(SENT, NOW + 1.5 * HOUR, "reply")
    later = NOW + 1.5 * HOUR
    assert (await record_sent_later(later), await record_sent_later(later)) == (1, 0)
    assert (await get_ticket(number, NOW + 2 * HOUR)).clocks[0].met_at == later
    assert (await types(number)).count("message.sent_later") == 1
    await fetch(FAIL, "undelivered", "reply")  # and then it did not arrive after all
    assert await record_undelivered(NOW + 1.6 * HOUR) == 1
    assert await response(number, 1.7) == "running"
    await record_due_levels(NOW + 3 * HOUR)
    assert await differences(3) == []


async def test_one_that_fails_before_it_counted_counts_never(desk: str) -> None:
    number, agent = await answered()
    outbox = await fetch_value(FAIL, "failed", "reply")
    assert await record_undelivered(NOW + HOUR) == await record_sent_later(NOW + HOUR) == 0
    await resend_message(outbox, staff_id=agent, now=NOW + HOUR)
    assert await response(number, 1.1) == "running"
    await fetch(SENT, NOW + HOUR, "reply")
    assert await record_sent_later(NOW + 1.2 * HOUR) == 1
    assert await response(number, 1.3) == "met"
    assert await differences(1.3) == []


async def test_resolving_tells_the_customer_once_its_message_is_sent(desk: str) -> None:
    agent, number = await make_staff(), (await make_ticket()).number
    await resolve(number, "New pump", staff_id=agent, now=NOW + HOUR)
    assert await response(number, 1.1) == "running"
    await fetch(SENT, NOW + 1.5 * HOUR, "rating_request")
    assert await record_sent_later(NOW + 1.5 * HOUR) == 1
    assert await response(number, 1.6) == "met"
    assert await differences(1.6) == []


async def test_an_opt_out_leaves_nothing_to_wait_for(desk: str) -> None:
    await make_ticket()
    await mark_opted_out(PHONE, now=NOW)
    number, _ = await answered()
    assert (await get_ticket(number, NOW)).messages[-1].delivery_error is None
    assert await response(number, 1) == "running"


async def test_it_waits_too_when_it_is_sent_again(desk: str) -> None:
    """It failed while there was a gateway, and there is none any more."""
    number, agent = (await make_ticket()).number, await make_staff()
    with pytest.MonkeyPatch.context() as gateways:
        gateways.setattr("service_desk.outbox.queue.channels_without_gateway", list)
        await conversation.reply(number, "We come", staff_id=agent, now=NOW + 0.5 * HOUR)
    assert await response(number, 0.6) == "met"
    outbox = await fetch_value(FAIL, "failed", "reply")
    await record_undelivered(NOW + 0.7 * HOUR)
    await resend_message(outbox, staff_id=agent, now=NOW + 0.8 * HOUR)
    assert await response(number, 0.9) == "running"
    await fetch(SENT, NOW + HOUR, "reply")
    assert await record_sent_later(NOW + HOUR) == 1
    assert await response(number, 1) == "met"
    assert await differences(1) == []
