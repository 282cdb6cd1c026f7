"""The one place where a ticket changes."""

import asyncio
from datetime import datetime, timedelta

import pytest

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.errors import MoveNotAllowed, NotFound
from service_desk.linking.operations import merge
from service_desk.rules.tickets.events import TicketClosed, TicketReopened, TicketResolved
from service_desk.rules.tickets.message_events import CallLogged, MessageReceived, NoteAdded
from service_desk.tickets.change import change_ticket
from tests.clocks.comparing import verified
from tests.factories import NOW, make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)


async def history(ticket: int) -> list[tuple[str, str, datetime]]:
    rows = await fetch("SELECT type, actor, at FROM ticket_event WHERE ticket = $1 ORDER BY id",
                       ticket)  # fmt: skip
    return [(row["type"], row["actor"], row["at"]) for row in rows]


async def test_row_events_and_clocks_are_written_when_the_block_ends(desk: str) -> None:
    ticket, agent = await make_ticket(), await make_staff()
    async with change_ticket(ticket.number, actor=f"staff:{agent}", now=NOW + HOUR) as change:
        change.move_to("resolved")
        change.set(resolved_at=NOW + HOUR, resolution="Mended")
        change.record(TicketResolved("Mended", told=False))
    row = await fetch_one("SELECT state, resolution, rank_at FROM ticket WHERE id = $1", ticket.id)
    assert row is not None
    assert (row["state"], row["resolution"]) == ("resolved", "Mended")
    assert row["rank_at"] == NOW + 2 * HOUR  # the customer was not told: response is owed still
    written = await history(ticket.id)
    assert ("ticket.resolved", f"staff:{agent}", NOW + HOUR) in written
    assert written[-1] == ("clock.met", "system", NOW + HOUR)
    assert await verified(NOW + HOUR) == []


async def test_a_level_passed_before_is_recorded_before_the_change(desk: str) -> None:
    """The sweep was late."""
    ticket = await make_ticket()
    async with change_ticket(ticket.number, actor="staff:1", now=NOW + 3 * HOUR) as change:
        change.record(NoteAdded(1))
    types = [type_ for type_, _, _ in await history(ticket.id)]
    assert types.index("clock.breached") < types.index("note.added")
    assert types[-1] == "note.added"
    alerts = await fetch("SELECT percent FROM staff_alert ORDER BY at, percent")
    assert 100 in [row["percent"] for row in alerts]
    assert await verified(NOW + 3 * HOUR) == []


async def test_what_fails_changes_nothing(desk: str) -> None:
    ticket = await make_ticket()
    before = await history(ticket.id)

    async def fail() -> None:
        async with change_ticket(ticket.number, actor="staff:1", now=NOW) as change:
            change.move_to("closed")
            change.record(TicketClosed("staff"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await fetch_value("SELECT state FROM ticket") == "new"
    assert await history(ticket.id) == before


async def test_changes_of_one_ticket_come_one_after_the_other(desk: str) -> None:
    """Each reads what the one before it wrote; so none is lost."""
    ticket = await make_ticket()

    async def count() -> None:
        async with change_ticket(ticket.number, actor="staff:1", now=NOW) as change:
            change.set(reopen_count=change.ticket.reopen_count + 1)

    await asyncio.gather(*(count() for _ in range(8)))
    assert await fetch_value("SELECT reopen_count FROM ticket") == 8


async def test_a_history_is_in_order_of_time_whatever_a_clock_says(desk: str) -> None:
    ticket = await make_ticket()
    async with change_ticket(ticket.number, actor="customer", now=NOW - HOUR) as change:
        assert change.now == NOW
        change.record(NoteAdded(1))
    assert (await history(ticket.id))[-1][2] == NOW


@pytest.mark.parametrize(
    ("event", "is_contact"),
    [
        (MessageReceived(1, "sms"), True),
        (CallLogged(1, answered=True), True),
        (CallLogged(1, answered=False), False),
        (NoteAdded(1), False),
    ],
)
async def test_contact_with_the_customer_is_kept(
    desk: str, event: MessageReceived | CallLogged | NoteAdded, is_contact: bool
) -> None:
    ticket, later = await make_ticket(), NOW + HOUR
    async with change_ticket(ticket.number, actor="staff:1", now=later) as change:
        change.record(event)
    last_contact = await fetch_value("SELECT last_contact_at FROM customer")
    assert (last_contact == later) == is_contact


async def test_a_reopened_ticket_is_as_before_it_ended(desk: str) -> None:
    ticket, agent = await make_ticket(), await make_staff()
    await resolve(ticket.number, staff_id=agent, now=NOW)
    async with change_ticket(ticket.number, actor="customer", now=NOW + HOUR) as change:
        with pytest.raises(MoveNotAllowed, match="reopen it first"):
            change.require_open()
        change.reopen()
        change.require_open()
        assert change.recorded[-1].data == TicketReopened(None)
    row = await fetch_one("SELECT state, resolved_at, reopen_count FROM ticket")
    assert row is not None
    assert (row["state"], row["resolved_at"], row["reopen_count"]) == ("open", None, 1)


async def test_a_move_that_is_not_allowed_names_those_that_are(desk: str) -> None:
    ticket = await make_ticket()
    with pytest.raises(MoveNotAllowed):
        async with change_ticket(ticket.number, actor="staff:1", now=NOW) as change:
            change.move_to("new")


async def test_a_merged_ticket_takes_no_action_of_staff_and_names_the_other(desk: str) -> None:
    agent = await make_staff()
    into, merged = await make_ticket(), await make_ticket("It leaks too")
    await merge(merged.number, into.number, staff_id=agent, now=NOW)
    with pytest.raises(MoveNotAllowed) as refused:
        async with change_ticket(merged.number, actor=f"staff:{agent}", now=NOW):
            pass
    assert into.number in str(refused.value.params.values())
    async with change_ticket(merged.number, actor="customer", now=NOW) as change:
        assert change.ticket.merged_into == into.id


async def test_an_unknown_number_is_not_found(desk: str) -> None:
    with pytest.raises(NotFound):
        async with change_ticket("999999", actor="system", now=NOW):
            pass
