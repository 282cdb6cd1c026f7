"""The clocks of many tickets with the events they follow from, batch by batch.

Each batch is read in one snapshot: on a desk at work, clocks read a moment after the events would
not be the clocks of those events.
"""

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime
from itertools import chain

import msgspec

from service_desk.clocks.rows import stored_clock
from service_desk.clocks.versions import Versions, applied_version_ids, load_versions
from service_desk.database import fetch, snapshot
from service_desk.rules.clocks.fold import Clock
from service_desk.rules.clocks.ticket_clocks import TicketClocks
from service_desk.rules.clocks.verification import ClockRow
from service_desk.rules.policies.policies import PolicyFacts
from service_desk.rules.tickets.clock_events import ClockEvent, ClockLevelReached
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.event_types import UnreadableEvent, read_event
from service_desk.tables.conditions import IS_OPEN

BATCH = 2_000  # tickets

_TICKETS = """
    SELECT t.id, t.number, t.kind, t.channel, t.severity, t.received_at, t.rank_at,
        t.earlier_complaints, c.tier, s.name AS supplier
    FROM ticket t JOIN customer c ON c.id = t.customer LEFT JOIN supplier s ON s.id = t.supplier
    WHERE t.id > $1 AND t.id <= coalesce($5, 9223372036854775807)
        AND t.received_at >= coalesce($2, '-infinity'::timestamptz)
        AND t.received_at < coalesce($3, 'infinity'::timestamptz)
        {and_state}
    ORDER BY t.id LIMIT $4
"""
_ALL_TICKETS = _TICKETS.format(and_state="")
_OPEN_TICKETS = _TICKETS.format(and_state=f"AND t.{IS_OPEN}")
_EVENTS = """
    SELECT ticket, type, at, recorded_at, data::text FROM ticket_event WHERE ticket = ANY($1)
    ORDER BY ticket, id
"""
_CLOCKS = "SELECT * FROM clock WHERE ticket = ANY($1) ORDER BY id"


class ClockHistory(msgspec.Struct):
    """One ticket: `clock_events` are its `clock.*` events, `events` the others.

    `changes`: the events that clocks handle. Those in one list have the same instant, were recorded
    together and have no `clock.*` event between them. `last_level_recorded_at`: when the last level
    was recorded. `unreadable`: an event that somebody must have edited, which is left out.
    """

    number: str
    facts: PolicyFacts
    received_at: datetime
    rank_at: datetime | None
    earlier_complaints: int
    events: list[Event] = []
    changes: list[list[Event]] = []
    clock_events: list[Event] = []
    last_level_recorded_at: datetime | None = None
    rows: list[ClockRow] = []
    unreadable: UnreadableEvent | None = None

    @property
    def clocks(self) -> list[Clock]:
        return [row.clock for row in self.rows]


async def clock_histories(
    received_from: datetime | None = None,
    received_to: datetime | None = None,
    *,
    open_only: bool = False,
    after: int = 0,
    up_to: int | None = None,
) -> AsyncGenerator[tuple[list[ClockHistory], Versions]]:
    """Tickets in batches, in order of id; received in [from, to) if given. `open_only`: neither
    resolved nor closed. `after`, `up_to`: their ids."""
    last = after
    while found := await _read_batch(last, up_to, received_from, received_to, open_only):
        last = max(found)
        yield list(found.values()), await _applied_versions(found.values())


async def _applied_versions(histories: Iterable[ClockHistory]) -> Versions:
    """Invalid version ids are skipped here; reading that ticket's history reports them."""
    events = chain.from_iterable(history.events for history in histories)
    return await load_versions(
        *([id_ for id_ in ids if 0 < id_ < 1 << 63] for ids in applied_version_ids(events))
    )


async def _read_batch(
    last: int,
    up_to: int | None,
    received_from: datetime | None,
    received_to: datetime | None,
    open_only: bool,
) -> dict[int, ClockHistory]:
    """The next tickets after id `last`, by id."""
    async with snapshot():
        query = _OPEN_TICKETS if open_only else _ALL_TICKETS
        rows = await fetch(query, last, received_from, received_to, BATCH, up_to)
        found = {
            row["id"]: ClockHistory(
                row["number"],
                PolicyFacts(
                    row["kind"], row["channel"], row["severity"], row["tier"], row["supplier"]
                ),
                row["received_at"],
                row["rank_at"],
                row["earlier_complaints"],
            )
            for row in rows
        }
        if found:
            await _add_events(found)
            await _add_clocks(found)
        return found


async def _add_events(found: dict[int, ClockHistory]) -> None:
    together: tuple[int, datetime, datetime] | None = None
    for ticket, type_, at, recorded_at, data in await fetch(_EVENTS, list(found)):
        history = found[ticket]
        try:
            event = read_event(type_, at, data)
        except UnreadableEvent as error:
            history.unreadable = history.unreadable or error
            continue
        if isinstance(event.data, ClockEvent):
            history.clock_events.append(event)
            together = None
            if isinstance(event.data, ClockLevelReached):
                history.last_level_recorded_at = recorded_at
            continue
        history.events.append(event)
        if not TicketClocks.handles(event):
            continue
        if together == (ticket, at, recorded_at):
            history.changes[-1].append(event)
        else:
            history.changes.append([event])
            together = ticket, at, recorded_at


async def _add_clocks(found: dict[int, ClockHistory]) -> None:
    for row in await fetch(_CLOCKS, list(found)):
        stored = stored_clock(row)
        upcoming = row["next_level"], row["next_level_at"]
        found[row["ticket"]].rows.append(ClockRow(stored.clock, stored.level_reached, upcoming))
