"""The clocks of many tickets with the events they come from, batch by batch.

A batch is read as of one moment: on a working desk, clocks read a little later than events would
not be the clocks of those events.
"""

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime

import msgspec

from service_desk.clocks.rows import stored_clock
from service_desk.clocks.versions import Versions, load_versions
from service_desk.database import fetch, snapshot
from service_desk.rules.clocks.fold import Clock, Event
from service_desk.rules.clocks.ticket_clocks import TicketClocks
from service_desk.rules.clocks.verification import ClockRow
from service_desk.rules.policies.policies import PolicyFacts

BATCH = 2_000  # tickets
_OPEN = "AND t.state NOT IN ('resolved', 'closed')"


class ClockHistory(msgspec.Struct):
    """One ticket: `clock_events` are its `clock.*` events, `events` the others.

    `changes`: of these, what clocks heed, together what was so at one moment and recorded together,
    nothing having been told of a clock in between. `last_level_recorded_at`: when the last level was recorded.
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

    @property
    def clocks(self) -> list[Clock]:
        return [row.clock for row in self.rows]


async def clock_histories(
    received_from: datetime | None = None,
    received_to: datetime | None = None,
    *,
    open_only: bool = False,
) -> AsyncGenerator[tuple[list[ClockHistory], Versions]]:
    """All tickets in batches by id: those received in [from, to), or those not yet resolved."""
    last = 0
    while found := await _read_batch(last, received_from, received_to, open_only):
        last = max(found)
        yield list(found.values()), await _versions_named(found.values())


async def _versions_named(histories: Iterable[ClockHistory]) -> Versions:
    """What stands there in place of a version is for the reader to stumble over, ticket by
    ticket."""
    named: dict[str, set[int]] = {"policy_version": set(), "calendar_version": set()}
    for history in histories:
        for event in history.events:
            if event.type == "sla.policy_applied" and _is_object(event.data):
                for name, ids in named.items():
                    id_ = event.data.get(name)
                    if isinstance(id_, int) and 0 < id_ < 1 << 63:
                        ids.add(id_)
    return await load_versions(*named.values())


def _is_object(data: object) -> bool:
    """As all that the desk writes is; what somebody else wrote need not be."""
    return isinstance(data, dict)


async def _read_batch(
    last: int, received_from: datetime | None, received_to: datetime | None, open_only: bool
) -> dict[int, ClockHistory]:
    """By id, those after `last`."""
    async with snapshot():
        rows = await fetch(
            "SELECT t.id, t.number, t.kind, t.channel, t.severity, t.received_at, t.rank_at, "
            "t.earlier_complaints, c.tier, s.name AS supplier "
            "FROM ticket t JOIN customer c ON c.id = t.customer "
            "LEFT JOIN supplier s ON s.id = t.supplier WHERE t.id > $1 "
            "AND t.received_at >= coalesce($2, '-infinity'::timestamptz) "
            "AND t.received_at < coalesce($3, 'infinity'::timestamptz) "
            f"{_OPEN if open_only else ''} ORDER BY t.id LIMIT {BATCH}",
            last,
            received_from,
            received_to,
        )
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
    rows = await fetch(
        "SELECT ticket, type, at, recorded_at, data FROM ticket_event WHERE ticket = ANY($1) "
        "ORDER BY ticket, id",
        list(found),
    )
    together: tuple[int, datetime, datetime] | None = None
    for ticket, type_, at, recorded_at, data in rows:
        history, event = found[ticket], Event(type_, at, data)
        if type_.startswith("clock."):
            history.clock_events.append(event)
            together = None
            if type_ == "clock.level_reached":
                history.last_level_recorded_at = recorded_at
            continue
        history.events.append(event)
        if not TicketClocks.heeds(type_):
            continue
        if together == (ticket, at, recorded_at):
            history.changes[-1].append(event)
        else:
            history.changes.append([event])
            together = ticket, at, recorded_at


async def _add_clocks(found: dict[int, ClockHistory]) -> None:
    rows = await fetch("SELECT * FROM clock WHERE ticket = ANY($1) ORDER BY id", list(found))
    for row in rows:
        kept = stored_clock(row)
        upcoming = row["next_level"], row["next_level_at"]
        found[row["ticket"]].rows.append(ClockRow(kept.clock, kept.level_reached, upcoming))
