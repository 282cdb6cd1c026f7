"""Tickets merged and linked."""

import asyncio
from datetime import datetime, timedelta

import pytest

from service_desk.clocks.sweep import record_due_levels
from service_desk.errors import InvalidInput, MoveNotAllowed
from service_desk.linking.operations import link, merge
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.conversation import reply
from service_desk.tickets.progress import reopen
from tests.clocks.comparing import verified
from tests.factories import NOW, make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)


async def test_a_merged_ticket_is_closed_and_its_messages_are_shown_on_the_other(desk: str) -> None:
    agent = await make_staff()
    first, second, third = [(await make_ticket(text)).number for text in ("One", "Two", "Three")]
    await merge(first, second, staff_id=agent, now=NOW)
    await merge(second, third, staff_id=agent, now=NOW)
    part = await get_ticket(first, NOW)
    assert (part.state, part.merged_into) == ("closed", second)
    assert {clock.state for clock in part.clocks} == {"cancelled"}
    whole = await get_ticket(third, NOW)
    assert [message.body for message in whole.messages] == ["One", "Two", "Three"]
    assert {clock.state for clock in whole.clocks} == {"running"}


async def replies_due(number: str) -> dict[str, datetime]:
    clocks = (await get_ticket(number, NOW)).clocks
    return {
        f"{clock.name} {clock.ordinal}": clock.due_at
        for clock in clocks
        if clock.state == "running" and clock.name in ("response", "next_response")
    }


async def test_a_reply_that_is_due_stays_due_after_a_merge(desk: str) -> None:
    """Due as promised from the moment the customer wrote, on whichever ticket."""
    agent = await make_staff()
    whole = (await make_ticket("One")).number
    await reply(whole, "We are on it", staff_id=agent, now=NOW)
    late = (await make_ticket("Two", at=NOW + HOUR)).number
    later = (await make_ticket("Three", at=NOW + 1.2 * HOUR)).number
    await merge(late, whole, staff_id=agent, now=NOW + 1.5 * HOUR)
    assert await replies_due(whole) == {"next_response 1": NOW + 3 * HOUR}
    await merge(later, whole, staff_id=agent, now=NOW + 1.5 * HOUR)
    assert await replies_due(whole) == {"next_response 1": NOW + 3 * HOUR}
    await reply(whole, "On both", staff_id=agent, now=NOW + 2 * HOUR)
    assert await replies_due(whole) == {}


async def test_a_merge_never_postpones_a_reply(desk: str) -> None:
    """The older ticket, with the earlier message, is merged into the newer one."""
    agent = await make_staff()
    older, whole = (await make_ticket("One")).number, (await make_ticket("Two", at=NOW + HOUR))
    await merge(older, whole.number, staff_id=agent, now=NOW + HOUR)
    due = {"response 1": NOW + 3 * HOUR, "next_response 1": NOW + 2 * HOUR}
    assert await replies_due(whole.number) == due
    await reply(whole.number, "On both", staff_id=agent, now=NOW + 1.5 * HOUR)
    assert await replies_due(whole.number) == {}


async def test_an_answered_ticket_adds_no_reply_clock(desk: str) -> None:
    agent = await make_staff()
    one, two = (await make_ticket("One")).number, (await make_ticket("Two")).number
    for number in (one, two):
        await reply(number, "We are on it", staff_id=agent, now=NOW)
    await merge(one, two, staff_id=agent, now=NOW)
    assert await replies_due(two) == {}


async def test_a_reply_that_is_overdue_is_breached_after_the_merge(desk: str) -> None:
    agent = await make_staff()
    whole, part = (await make_ticket("One")).number, (await make_ticket("Two")).number
    await reply(whole, "We are on it", staff_id=agent, now=NOW)
    await merge(part, whole, staff_id=agent, now=NOW + 5 * HOUR)
    await record_due_levels(NOW + 5 * HOUR + timedelta(seconds=1))
    found = await get_ticket(whole, NOW + 5 * HOUR)
    due = next(clock for clock in found.clocks if clock.name == "next_response")
    assert (due.state, due.due_at, due.remaining_seconds) == (
        "breached",
        NOW + 2 * HOUR,
        -3 * 3600,
    )
    assert await verified(NOW + 6 * HOUR) == []


async def test_tickets_that_cannot_be_merged(desk: str) -> None:
    agent = await make_staff()
    own, solved = (await make_ticket("One")).number, (await make_ticket("Two")).number
    strange = (await make_ticket("Three", phone="+8613900139000")).number
    await resolve(solved, "Done", staff_id=agent, now=NOW)
    with pytest.raises(InvalidInput, match="another customer"):
        await merge(own, strange, staff_id=agent, now=NOW)
    with pytest.raises(MoveNotAllowed, match="resolved"):
        await merge(own, solved, staff_id=agent, now=NOW)
    with pytest.raises(InvalidInput, match="itself"):
        await merge(own, own, staff_id=agent, now=NOW)
    assert (await get_ticket(own, NOW)).state == "new"


async def test_concurrent_merges_in_both_directions_leave_one_open(desk: str) -> None:
    agent = await make_staff()
    one, two = (await make_ticket("One")).number, (await make_ticket("Two")).number
    results = await asyncio.gather(
        merge(one, two, staff_id=agent, now=NOW),
        merge(two, one, staff_id=agent, now=NOW),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["MoveNotAllowed", "NoneType"]


async def test_a_merged_ticket_does_not_reopen(desk: str) -> None:
    agent = await make_staff()
    one, two = (await make_ticket("One")).number, (await make_ticket("Two")).number
    await merge(one, two, staff_id=agent, now=NOW)
    with pytest.raises(MoveNotAllowed, match="merged"):
        await reopen(one, "Why not", staff_id=agent, now=NOW)


async def test_any_two_tickets_can_be_linked(desk: str) -> None:
    agent = await make_staff()
    one = (await make_ticket("One")).number
    other = (await make_ticket("Two", phone="+8613900139000")).number
    await link(one, other, staff_id=agent, now=NOW)
    assert (await get_ticket(one, NOW)).linked_to == other
