"""`sla verify`: clocks compared with their recomputation from events. Nothing is written."""

from collections.abc import AsyncGenerator
from datetime import datetime
from itertools import pairwise

import msgspec

from service_desk.clocks.history import ClockHistory, clock_histories
from service_desk.clocks.versions import Versions
from service_desk.database import database_pool, fetch
from service_desk.processes import in_processes
from service_desk.rules.clocks.ranking import rank
from service_desk.rules.clocks.verification import (
    UNREADABLE_ERRORS,
    Difference,
    UnreadableHistory,
    clock_differences,
    event_differences,
    recompute,
    ticket_differences,
)
from service_desk.settings import get_settings

PART = 4_000  # tickets that a process verifies in a second or two

_LAST_OF_EACH_PART = """
    SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM ticket) AS numbered
    WHERE place % $1 = 0 ORDER BY id
"""


class Verified(msgspec.Struct, frozen=True):
    """One batch: the number of tickets, and the differences by ticket number."""

    tickets: int
    differences: list[tuple[str, Difference]]


class Part(msgspec.Struct, frozen=True):
    """The tickets with ids above `after`, up to `up_to` if given."""

    after: int = 0
    up_to: int | None = None


async def verify_clocks(now: datetime, processes: int = 1) -> AsyncGenerator[Verified]:
    """Recompute every clock, its `clock.*` events and its ticket's rank from the other events.

    The desk may go on working: levels recorded after `now` are judged as of their recording. The
    result is in order of tickets, whatever the number of processes. Raises Unavailable if one of
    them is killed.
    """
    parts = await _parts() if processes > 1 else [Part()]
    if len(parts) == 1:
        async for batch in _verify(now, parts[0]):
            yield batch
    else:
        calls = [(now, part) for part in parts]
        async for batches in in_processes(_verify_elsewhere, calls, processes):
            for batch in batches:
                yield batch


async def _parts() -> list[Part]:
    lasts = [row["id"] for row in await fetch(_LAST_OF_EACH_PART, PART)]
    return [Part(after or 0, up_to) for after, up_to in pairwise([None, *lasts, None])]


async def _verify_elsewhere(now: datetime, part: Part) -> list[Verified]:
    """In a process that has no pool yet."""
    async with database_pool(get_settings().database_url, size=1):
        return [batch async for batch in _verify(now, part)]


async def _verify(now: datetime, part: Part) -> AsyncGenerator[Verified]:
    async for batch, known in clock_histories(after=part.after, up_to=part.up_to):
        found = [
            (history.number, difference)
            for history in batch
            for difference in _differences(history, known, now)
        ]
        yield Verified(len(batch), found)


def _differences(history: ClockHistory, known: Versions, now: datetime) -> list[Difference]:
    """Of one ticket. An unreadable history is a difference; it does not stop the verification."""
    until = max(now, history.last_level_recorded_at or now)
    if history.unreadable is not None:
        return [Difference("history", "unreadable", str(history.unreadable), None)]
    try:
        true = recompute(history.changes, known.policies, known.calendars, until)
        facts = history.facts
        ranking = rank(true.clocks, facts.severity, facts.tier, history.earlier_complaints)
        return [
            *ticket_differences(history.received_at, history.rank_at, history.events, ranking),
            *clock_differences(
                history.rows,
                true.clocks,
                history.clock_events,
                known.policies,
                known.calendars,
                true.kept,
            ),
            *event_differences(history.clock_events, true, now),
        ]
    except UnreadableHistory as error:
        return [Difference("history", "unreadable", str(error), None)]
    except UNREADABLE_ERRORS as error:
        reason = f"{type(error).__name__} {error}"
        return [Difference("history", "unreadable", reason, None)]
