"""The clocks of many tickets with the events they come from, batch by batch.

A batch is read as of one moment: on a working desk, clocks read a little later than events would
not be the clocks of those events.
"""

from collections.abc import AsyncGenerator
from datetime import datetime

import msgspec

from service_desk.database import fetch, snapshot
from service_desk.rules.sla_clocks import Clock, Event
from service_desk.rules.sla_policies import Facts
from service_desk.sla.rows import kept_clock
from service_desk.sla.versions import Versions, versions

BATCH = 2_000  # tickets
_OPEN = "AND t.state NOT IN ('resolved', 'closed')"


class ClockHistory(msgspec.Struct):
    """One ticket: `events` without, `levels` only the `clock.level_reached` ones, the last of which
    was recorded at `levels_at`."""

    number: str
    facts: Facts
    events: list[Event] = []
    levels: list[Event] = []
    levels_at: datetime | None = None
    clocks: list[Clock] = []


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
        applied = [
            event.data
            for history in found.values()
            for event in history.events
            if event.type == "sla.policy_applied"
        ]
        known = await versions(
            {data["policy_version"] for data in applied},
            {data["calendar_version"] for data in applied},
        )
        yield list(found.values()), known


async def _read_batch(
    last: int, received_from: datetime | None, received_to: datetime | None, open_only: bool
) -> dict[int, ClockHistory]:
    """By id, those after `last`."""
    async with snapshot():
        rows = await fetch(
            "SELECT t.id, t.number, t.kind, t.channel, t.severity, c.tier, s.name AS supplier "
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
                Facts(row["kind"], row["channel"], row["severity"], row["tier"], row["supplier"]),
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
        "AND (type NOT LIKE 'clock.%' OR type = 'clock.level_reached') ORDER BY ticket, id",
        list(found),
    )
    for row in rows:
        history = found[row["ticket"]]
        event = Event(row["type"], row["at"], row["data"])
        if event.type == "clock.level_reached":
            history.levels.append(event)
            history.levels_at = row["recorded_at"]
        else:
            history.events.append(event)


async def _add_clocks(found: dict[int, ClockHistory]) -> None:
    rows = await fetch("SELECT * FROM clock WHERE ticket = ANY($1) ORDER BY id", list(found))
    for row in rows:
        found[row["ticket"]].clocks.append(kept_clock(row).clock)
