"""Tickets merged and linked."""

import asyncio

import pytest

from service_desk.errors import InvalidInput, MoveNotAllowed
from service_desk.tickets.joining import link, merge
from service_desk.tickets.progress import reopen, resolve
from service_desk.tickets.queries import get_ticket
from tests.factories import NOW, make_staff, make_ticket


async def test_a_merged_ticket_is_closed_and_read_where_it_went(desk: str) -> None:
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


async def test_what_cannot_be_merged(desk: str) -> None:
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


async def test_merges_crosswise_end_with_one(desk: str) -> None:
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


async def test_linking_any_two(desk: str) -> None:
    agent = await make_staff()
    one = (await make_ticket("One")).number
    other = (await make_ticket("Two", phone="+8613900139000")).number
    await link(one, other, staff_id=agent, now=NOW)
    assert (await get_ticket(one, NOW)).linked_to == other
