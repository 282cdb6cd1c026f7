"""Clocks as rows: read, and written in batches with their events and alerts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from service_desk.clocks.alert_recipients import IN_APP_RECIPIENTS
from service_desk.clocks.versions import Versions
from service_desk.database import fetch
from service_desk.jobs import wake
from service_desk.outbox.webhook_queueing import QUEUE_WEBHOOKS
from service_desk.rules.calendars.quiet_hours import earliest_notification
from service_desk.rules.clocks.changes import LevelDue
from service_desk.rules.clocks.clock import STORED_FIELDS
from service_desk.rules.clocks.fold import Clock, level_kept, next_level
from service_desk.rules.tickets.event import Event
from service_desk.settings import get_settings

# Columns with their PostgreSQL types, in the order of `_row`.
_COLUMNS = {
    "ticket": "bigint",
    "name": "text",
    "ordinal": "int",
    "phase": "text",
    "started_at": "timestamptz",
    "due_at": "timestamptz",
    "met_at": "timestamptz",
    "paused_at": "timestamptz",
    "cancelled_at": "timestamptz",
    "anchor_at": "timestamptz",
    "anchor_elapsed": "int",
    "paused_seconds": "int",
    "target_seconds": "int",
    "due_set_manually": "bool",
    "policy_version": "bigint",
    "calendar_version": "bigint",
    "level_reached": "int",
    "next_level": "int",
    "next_level_at": "timestamptz",
}

CLOCK_COLUMNS = len(_COLUMNS)


def upsert_clocks(first: int) -> str:
    """A statement, or part of one, whose arguments from number `first` are `clock_columns`.

    A function because that number differs: a new ticket's statement has arguments before these
    (opening/rows.py). It is called once, where the statement is named; so is `append_events_sql`.
    """
    kinds = enumerate(_COLUMNS.values(), first)
    given = ", ".join(f"${place}::{kind}[]" for place, kind in kinds)
    replaced = ", ".join(f"{name} = excluded.{name}" for name in list(_COLUMNS)[3:])
    return (
        f"INSERT INTO clock ({', '.join(_COLUMNS)}) SELECT * FROM unnest({given}) "
        f"ON CONFLICT (ticket, name, ordinal) DO UPDATE SET {replaced}"
    )


_UPSERT = upsert_clocks(1)


def append_events_sql(first: int) -> str:
    """A statement, or part of one, whose arguments from number `first` are `event_columns`."""
    ticket, type_, at, actor, data, recorded_at = range(first, first + 6)
    return f"""
        INSERT INTO ticket_event (ticket, type, at, recorded_at, actor, data)
        SELECT ticket, type, at, ${recorded_at}, actor, data FROM
            unnest(${ticket}::bigint[], ${type_}::text[], ${at}::timestamptz[], ${actor}::text[],
                ${data}::jsonb[])
            WITH ORDINALITY AS e (ticket, type, at, actor, data, position)
        ORDER BY position
    """


_APPEND = append_events_sql(1)
_APPEND_AND_QUEUE_WEBHOOKS = f"""
WITH appended AS ({_APPEND} RETURNING id, ticket, type, at, actor, data)
{QUEUE_WEBHOOKS}
"""

_LOCK_CLOCKS = "SELECT * FROM clock WHERE ticket = $1 ORDER BY id FOR NO KEY UPDATE"

# Marking alerts as seen takes this lock exclusively (dashboard/operations.py): it waits for alerts
# that have an id and are not committed, which it would otherwise skip for good.
# Who is notified of a new alert has it among their notifications.
_RAISE_ALERTS = f"""
    WITH shared_lock AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtext('new alerts'))),
    raised AS (
        INSERT INTO staff_alert (ticket, clock, percent, recipients, at, notify_after)
        SELECT a.ticket, clock.id, a.percent, a.recipients::text[], a.at, a.notify_after
        FROM shared_lock,
            unnest($1::bigint[], $2::text[], $3::int[], $4::int[], $5::text[], $6::timestamptz[],
                $7::timestamptz[]) WITH ORDINALITY
                AS a (ticket, name, ordinal, percent, recipients, at, notify_after, position)
            JOIN clock ON clock.ticket = a.ticket AND clock.name = a.name
                AND clock.ordinal = a.ordinal
        ORDER BY position
        ON CONFLICT (clock, percent, at) DO NOTHING RETURNING id, ticket, clock, recipients)
    INSERT INTO notification (staff, kind, ticket, alert, at, sent_by)
    SELECT staff.id, 'clock_level', a.ticket, a.id, $8, '{{}}'
    FROM raised a JOIN ticket t ON t.id = a.ticket JOIN clock ON clock.id = a.clock
        JOIN staff ON staff.active AND {IN_APP_RECIPIENTS}
    ORDER BY a.id, staff.id
"""


class StoredClock(msgspec.Struct):
    """A clock, and the last level recorded, which only its row knows."""

    ticket: int
    clock: Clock
    level_reached: int = 0


def stored_clock(row: Any) -> StoredClock:
    clock = Clock(*[row[name] for name in STORED_FIELDS])
    return StoredClock(row["ticket"], clock, row["level_reached"])


async def lock_clocks(ticket: int) -> list[StoredClock]:
    """The ticket's clocks, locked against the sweep until the transaction ends."""
    return [stored_clock(row) for row in await fetch(_LOCK_CLOCKS, ticket)]


async def write_clocks(clocks: Sequence[StoredClock], versions: Versions) -> None:
    """Insert or overwrite the rows."""
    if clocks:
        columns = clock_columns(clocks, versions)
        await fetch(_UPSERT, *columns)
        wake_sweep(columns)


def clock_columns(clocks: Sequence[StoredClock], versions: Versions) -> list[list[Any]]:
    """The rows, column by column, with the next level that the sweep has to record."""
    rows = [_row(stored, versions) for stored in clocks]
    if not rows:
        return [[] for _ in _COLUMNS]
    return [list(column) for column in zip(*rows, strict=True)]


def wake_sweep(columns: Sequence[Sequence[Any]]) -> None:
    """If a level of the written rows, `clock_columns`, is due soon."""
    tickets, *_, levels_at = columns
    if upcoming := [at for at in levels_at if at is not None]:
        wake("record_due_levels", about=tickets[-1], due_at=min(upcoming))


async def append_events(
    tickets: Sequence[int],
    events: Sequence[Event],
    actors: Sequence[str],
    recorded_at: datetime,
    *,
    notify: bool = True,
) -> None:
    """Append to the history, and queue webhooks for the subscribers of these events.

    The three sequences are parallel. Write the ticket's row and messages first: webhooks contain
    them. `notify`: false for imported history, which goes to no subscriber.
    """
    if not events:
        return
    columns = event_columns(tickets, events, actors, recorded_at)
    if not notify:
        await fetch(_APPEND, *columns)
    elif webhooks := await fetch(_APPEND_AND_QUEUE_WEBHOOKS, *columns):
        wake("deliver_webhooks", about=webhooks[-1]["id"])


def event_columns(
    tickets: Sequence[int], events: Sequence[Event], actors: Sequence[str], recorded_at: datetime
) -> list[Any]:
    """The rows of the history, column by column; the three sequences are parallel."""
    return [
        list(tickets),
        [event.type for event in events],
        [event.at for event in events],
        list(actors),
        [event.data for event in events],
        recorded_at,
    ]


async def raise_alerts(tickets: Sequence[int], due: Sequence[LevelDue], now: datetime) -> None:
    """One alert per level, and a notification of it for each who sees it; the unique index makes a
    second attempt a no-op."""
    if not due:
        return
    zone = get_settings().zone
    await fetch(
        _RAISE_ALERTS,
        list(tickets),
        [level.clock for level in due],
        [level.ordinal for level in due],
        [level.percent for level in due],
        # Each as the text of an array: unnest would flatten arrays in arrays.
        ["{" + ",".join(level.recipients) + "}" for level in due],
        [level.at for level in due],
        [earliest_notification(now, level.quiet_hours, zone) for level in due],
        now,
    )
    wake("send_alert_digests", about=tickets[-1])


def _row(stored: StoredClock, versions: Versions) -> tuple[Any, ...]:
    clock = stored.clock
    policy = versions.policies[clock.policy_version]
    upcoming = next_level(
        clock, policy.levels, stored.level_reached, versions.business_time(clock.calendar_version)
    )
    return (
        stored.ticket, clock.name, clock.ordinal, clock.phase, clock.started_at, clock.due_at,
        clock.met_at, clock.paused_at, clock.cancelled_at, clock.anchor_at, clock.anchor_elapsed,
        clock.paused_seconds, clock.target_seconds, clock.due_set_manually, clock.policy_version,
        clock.calendar_version, stored.level_reached, *(upcoming or (None, None)),
    )  # fmt: skip


def changed_clocks(
    ticket: int,
    before: Sequence[StoredClock],
    after: Sequence[Clock],
    due: Sequence[LevelDue],
    versions: Versions,
) -> list[StoredClock]:
    """The rows to write: clocks that are new, differ, or reached a level."""
    stored = {(old.clock.name, old.clock.ordinal): old for old in before}
    leveled = {(level.clock, level.ordinal) for level in due}
    changed: list[StoredClock] = []
    for clock in after:
        key = (clock.name, clock.ordinal)
        old = stored.get(key)
        if old is None:
            changed.append(StoredClock(ticket, clock))
        elif key in leveled or msgspec.structs.replace(clock, pauses=()) != old.clock:
            changed.append(StoredClock(ticket, clock, _level_kept(old, clock, versions)))
    return changed


def _level_kept(old: StoredClock, clock: Clock, versions: Versions) -> int:
    levels = versions.policies[clock.policy_version].levels
    business_time = versions.business_time(clock.calendar_version)
    return level_kept(old.clock, clock, old.level_reached, levels, business_time)
