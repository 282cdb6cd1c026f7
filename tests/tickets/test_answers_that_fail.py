"""An answer that never arrived never counted: the clocks run on (DESIGN §2.3)."""

import pytest

from service_desk.clocks.sweep import record_due_levels
from service_desk.contacts.opt_outs import mark_opted_out
from service_desk.database import fetch, fetch_value
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation
from service_desk.tickets.unknown_outcomes import record_undelivered, resend_message
from tests.clocks.test_verification import HOUR, differences
from tests.factories import NOW, PHONE, make_staff, make_ticket, resolve

FAIL = "UPDATE outbox SET state = $1, next_attempt_at = NULL WHERE purpose = $2 RETURNING id"


async def answered() -> tuple[str, int]:
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.reply(number, "We come", staff_id=agent, now=NOW + 0.5 * HOUR)
    return number, agent


async def response(number: str, hours: float) -> str:
    view = await get_ticket(number, NOW + hours * HOUR)
    return next(clock.state for clock in view.clocks if clock.name == "response")


@pytest.mark.parametrize("state", ["failed", "undelivered", "suppressed"])
async def test_a_reply_that_fails_finally_meets_nothing(desk: str, state: str) -> None:
    number, _ = await answered()
    assert await response(number, 1) == "met"
    await fetch(FAIL, state, "reply")
    assert (await record_undelivered(NOW + HOUR), await record_undelivered(NOW + HOUR)) == (1, 0)
    assert (await response(number, 1), await response(number, 3)) == ("running", "breached")
    assert await differences(1) == []


async def test_levels_missed_meanwhile_are_recorded_then(desk: str) -> None:
    await answered()
    await fetch(FAIL, "failed", "reply")
    await record_undelivered(NOW + 3 * HOUR)
    await record_due_levels(NOW + 3.1 * HOUR)
    reached = await fetch(
        "SELECT data->>'percent' AS percent, at FROM ticket_event "
        "WHERE type = 'clock.level_reached' AND data->>'clock' = 'response' ORDER BY id"
    )
    late = NOW + 3 * HOUR
    levels = [("50", late), ("80", late), ("100", late), ("150", late)]
    assert [(row["percent"], row["at"]) for row in reached] == levels
    assert await differences(3.1) == []


async def test_a_text_to_a_customer_who_opted_out_meets_nothing(desk: str) -> None:
    await make_ticket()
    await mark_opted_out(PHONE, now=NOW)
    number, _ = await answered()
    assert await response(number, 1) == "running"
    assert await record_undelivered(NOW + HOUR) == 0


async def test_an_opt_out_before_the_text_leaves_takes_it_back(desk: str) -> None:
    number, _ = await answered()
    await mark_opted_out(PHONE, now=NOW + 0.6 * HOUR)
    assert await record_undelivered(NOW + HOUR) == 1
    assert await response(number, 1) == "running"


async def test_a_customer_without_phone_and_address_gets_no_answer(desk: str) -> None:
    number, agent = (await make_ticket(phone=None)).number, await make_staff()
    await conversation.reply(number, "We come", staff_id=agent, now=NOW + 0.5 * HOUR)
    assert await response(number, 1) == "running"


async def test_a_failed_reply_counts_from_when_it_is_sent_again(desk: str) -> None:
    number, agent = await answered()
    outbox = await fetch_value(FAIL, "failed", "reply")
    await record_undelivered(NOW + HOUR)
    await resend_message(outbox, staff_id=agent, now=NOW + 1.5 * HOUR)
    assert (await get_ticket(number, NOW + 2 * HOUR)).clocks[0].met_at == NOW + 1.5 * HOUR
    await fetch(FAIL, "failed", "reply")
    assert await record_undelivered(NOW + 2 * HOUR) == 1
    assert await response(number, 2) == "running"
    assert await differences(2) == []


async def test_resolving_counts_as_an_answer_only_if_the_customer_was_told(desk: str) -> None:
    agent = await make_staff()
    told = (await make_ticket()).number
    await resolve(told, "New pump", staff_id=agent, now=NOW + HOUR)
    assert await response(told, 1) == "met"
    await fetch(FAIL, "undelivered", "rating_request")
    await record_undelivered(NOW + 1.1 * HOUR)
    assert (await response(told, 1.2), await response(told, 3)) == ("running", "breached")
    await mark_opted_out(PHONE, now=NOW)
    untold, otherwise = (await make_ticket()).number, (await make_ticket()).number
    await resolve(untold, "New pump", staff_id=agent, now=NOW + HOUR)
    await resolve(otherwise, "New pump", told_by="At the door", staff_id=agent, now=NOW + HOUR)
    assert [await response(number, 1) for number in (untold, otherwise)] == ["running", "met"]
    await record_due_levels(NOW + 3 * HOUR)
    assert await differences(3) == []
