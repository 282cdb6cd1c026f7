"""`sla verify`: clocks compared with their recomputation from events. Nothing is written."""

from collections.abc import AsyncGenerator
from datetime import datetime

import msgspec

from service_desk.clocks.history import ClockHistory, clock_histories
from service_desk.clocks.versions import Versions
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


class Verified(msgspec.Struct, frozen=True):
    """One batch: the number of tickets, and the differences by ticket number."""

    tickets: int
    differences: list[tuple[str, Difference]]


async def verify_clocks(now: datetime) -> AsyncGenerator[Verified]:
    """Recompute every clock, its `clock.*` events and its ticket's rank from the other events.

    The desk may go on working: levels recorded after `now` are judged as of their recording.
    """
    async for batch, known in clock_histories():
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
