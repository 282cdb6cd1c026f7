"""The clocks of a month's tickets as of an instant.

Rows of `clock` are as of now. If something was recorded on a ticket after the instant, its clocks
are folded again from the events before it: a deadline is a pure function of these (DESIGN §2.3).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from service_desk.clocks.rows import stored_clock
from service_desk.clocks.versions import Versions, load_applied_versions, load_versions
from service_desk.database import fetch, fetch_as
from service_desk.reports.figures.schemas import ClockFigures, ClockOutcome, PolicyUsed
from service_desk.reports.figures.ticket_snapshots import RECEIVED_IN_MONTH
from service_desk.rules.clocks.fold import Clock, elapsed, fold_clocks, state
from service_desk.rules.figures.monthly_figures import attainment, percentile
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.event_types import read_event
from service_desk.rules.tickets.vocabulary import CLOCK_NAMES, ClockName
from service_desk.turns import TURN, in_turns

_UNCHANGED = f"""
WITH {RECEIVED_IN_MONTH} SELECT clock.* FROM clock JOIN snapshot ON snapshot.id = clock.ticket
WHERE NOT EXISTS (SELECT FROM ticket_event e WHERE e.ticket = clock.ticket
                  AND e.recorded_at > $3 AND e.type NOT LIKE 'clock.%')
ORDER BY clock.id
"""
_CHANGED = f"""
WITH {RECEIVED_IN_MONTH} SELECT e.ticket, e.type, e.at, e.data::text FROM ticket_event e
JOIN snapshot ON snapshot.id = e.ticket
WHERE e.recorded_at <= $3 AND e.type NOT LIKE 'clock.%' AND EXISTS (
    SELECT FROM ticket_event l WHERE l.ticket = e.ticket AND l.recorded_at > $3
    AND l.type NOT LIKE 'clock.%')
ORDER BY e.ticket, e.id
"""
_POLICIES = """
SELECT p.name AS policy, p.version, c.name AS calendar, c.version AS calendar_version, u.tickets
FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS u (policy, calendar, tickets)
    JOIN policy_version p ON p.id = u.policy LEFT JOIN calendar_version c ON c.id = u.calendar
ORDER BY u.tickets DESC, p.name, p.version
"""

ClocksByTicket = dict[int, list[Clock]]


async def clocks_as_of(start: datetime, end: datetime, as_of: datetime) -> ClocksByTicket:
    """The clocks of the tickets received in [start, end), by ticket id."""
    found: defaultdict[int, list[Clock]] = defaultdict(list)
    rows = await fetch(_UNCHANGED, start, end, as_of)
    await load_versions({r["policy_version"] for r in rows}, {r["calendar_version"] for r in rows})
    async for row in in_turns(rows):
        found[row["ticket"]].append(stored_clock(row).clock)
    for ticket, clocks in (await _refolded(start, end, as_of)).items():
        found[ticket] = clocks
    return found


async def _refolded(start: datetime, end: datetime, as_of: datetime) -> ClocksByTicket:
    histories: defaultdict[int, list[Event]] = defaultdict(list)
    async for row in in_turns(await fetch(_CHANGED, start, end, as_of)):
        histories[row["ticket"]].append(read_event(row["type"], row["at"], row["data"]))
    versions = await load_applied_versions(chain.from_iterable(histories.values()))
    return {
        ticket: list(fold_clocks(history, versions.policies, versions.calendars))
        async for ticket, history in in_turns(histories.items(), TURN // 10)
    }


async def clock_figures(clocks: ClocksByTicket, as_of: datetime) -> list[ClockFigures]:
    """Attainment, median and 90th percentile of each clock that started, as CLOCK_NAMES are."""
    versions = await load_versions()
    by_name: defaultdict[ClockName, list[Clock]] = defaultdict(list)
    async for ticket_clocks in in_turns(clocks.values()):
        for clock in ticket_clocks:
            by_name[clock.name].append(clock)
    return [
        await _figures(name, by_name[name], as_of, versions)
        for name in CLOCK_NAMES
        if by_name[name]
    ]


async def _figures(
    name: ClockName, clocks: Sequence[Clock], as_of: datetime, versions: Versions
) -> ClockFigures:
    breached = judged = 0
    used: list[float] = []
    async for clock in in_turns(clocks):
        # An overdue clock that was cancelled still counts as breached.
        late = state(clock, as_of) == "breached"
        breached += late
        judged += late or clock.phase == "met"
        if clock.phase == "met":
            used.append(elapsed(clock, as_of, versions.business_time(clock.calendar_version)))
    median, p90 = percentile(used, 0.5), percentile(used, 0.9)
    return ClockFigures(
        clock=name,
        started=len(clocks),
        judged=judged,
        in_time=judged - breached,
        breached=breached,
        attainment=attainment(judged - breached, judged),
        median_seconds=None if median is None else round(median),
        p90_seconds=None if p90 is None else round(p90),
        due_set_manually=sum(clock.due_set_manually for clock in clocks),
    )


async def clock_outcomes(
    clocks: Mapping[int, Iterable[Clock]], as_of: datetime
) -> dict[int, dict[str, ClockOutcome]]:
    """The state of the first clock of each name, by ticket id."""
    versions = await load_versions()
    return {
        ticket: {
            clock.name: ClockOutcome(
                state(clock, as_of),
                elapsed(clock, as_of, versions.business_time(clock.calendar_version)),
            )
            for clock in ticket_clocks
            if clock.ordinal == 1
        }
        for ticket, ticket_clocks in clocks.items()
    }


async def policies_used(clocks: ClocksByTicket) -> list[PolicyUsed]:
    """The versions of policies and calendars that apply to these clocks."""
    tickets: defaultdict[tuple[int, int | None], set[int]] = defaultdict(set)
    async for ticket, ticket_clocks in in_turns(clocks.items()):
        for clock in ticket_clocks:
            tickets[clock.policy_version, clock.calendar_version].add(ticket)
    return await fetch_as(
        PolicyUsed,
        _POLICIES,
        [policy for policy, _ in tickets],
        [calendar for _, calendar in tickets],
        [len(ticket_ids) for ticket_ids in tickets.values()],
    )
