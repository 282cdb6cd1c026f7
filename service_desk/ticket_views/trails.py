"""The history of a clock: every event and stretch of it, told from the ticket's events."""

from datetime import datetime
from typing import Any

from service_desk.clocks.versions import Versions, load_versions
from service_desk.database import fetch, fetch_value
from service_desk.errors import NotFound
from service_desk.rules.calendars.business_time import BusinessTime
from service_desk.rules.clocks.fold import Clock, Event, remaining_seconds, state
from service_desk.rules.clocks.trail import ClockStep, Stretch, clock_steps, stretches
from service_desk.rules.tickets.vocabulary import ClockName
from service_desk.sla_settings.queries import Labels, version_labels
from service_desk.sla_settings.schemas import (
    CausingEvent,
    ClockTrail,
    ClockTrails,
    TrailEvent,
    TrailStretch,
)

LEVEL_EVENTS = ("clock.level_reached", "clock.breached")
BREACH_PERCENT = 100  # percent


async def clock_trails(number: str, name: ClockName, now: datetime) -> ClockTrails:
    """All clocks of that name as of now. Raises NotFound."""
    ticket = await fetch_value("SELECT id FROM ticket WHERE number = $1", number)
    if ticket is None:
        raise NotFound("There is no ticket {number}. Check the number.", number=number)
    rows = await fetch(
        "SELECT id, type, at, recorded_at, actor, data FROM ticket_event WHERE ticket = $1 "
        f"AND (type NOT LIKE 'clock.%' OR type IN {LEVEL_EVENTS}) ORDER BY id",
        ticket,
    )
    causes = [row for row in rows if row["type"] not in LEVEL_EVENTS]
    events = [Event(row["type"], row["at"], row["data"]) for row in causes]
    applied = [event.data for event in events if event.type == "sla.policy_applied"]
    policies: set[int] = {data["policy_version"] for data in applied}
    calendars: set[int] = {data["calendar_version"] for data in applied} - {None}
    known = await load_versions(policies, calendars)
    steps = {
        ordinal: trail
        for (of, ordinal), trail in clock_steps(events, known.policies, known.calendars).items()
        if of == name
    }
    if not steps:
        raise NotFound("Ticket {number} has had no {clock} clock.", number=number, clock=name)
    told = _TrailBuilder(causes, rows, known, await version_labels(policies, calendars), now)
    return ClockTrails(
        number, name, [told.trail(name, ordinal, trail) for ordinal, trail in steps.items()]
    )


class _TrailBuilder:
    """What the rows of one ticket's events say about a clock."""

    def __init__(
        self, causes: list[Any], rows: list[Any], known: Versions, labels: Labels, now: datetime
    ) -> None:
        self._causes = causes
        self._levels = [row for row in rows if row["type"] in LEVEL_EVENTS]
        self._known = known
        self._labels = labels
        self._now = now

    def trail(self, name: str, ordinal: int, steps: list[ClockStep]) -> ClockTrail:
        clock = steps[-1].clock
        business_time = self._known.business_time(clock.calendar_version)
        return ClockTrail(
            ordinal=ordinal,
            state=state(clock, self._now),
            started_at=clock.started_at,
            due_at=clock.due_at,
            met_at=clock.met_at,
            cancelled_at=clock.cancelled_at,
            target_seconds=clock.target_seconds,
            paused_seconds=clock.paused_seconds,
            remaining_seconds=remaining_seconds(clock, self._now, business_time),
            due_set_manually=clock.due_set_manually,
            due_reason=self._reason(clock, steps),
            policy=self._labels.policies[clock.policy_version],
            calendar=self._labels.calendar(clock.calendar_version),
            stretches=[self._stretch(stretch, business_time) for stretch in stretches(steps)],
            events=self._events(name, ordinal, steps),
        )

    def _reason(self, clock: Clock, steps: list[ClockStep]) -> str | None:
        """Why the due time in force was set by hand."""
        by_hand = [step.trigger for step in steps if self._causes[step.trigger]["type"] == "due.set"]
        return self._causes[by_hand[-1]]["data"]["reason"] if clock.due_set_manually else None

    def _stretch(self, stretch: Stretch, business_time: BusinessTime) -> TrailStretch:
        return TrailStretch(
            state=stretch.state,
            start=stretch.start,
            end=stretch.end,
            working_seconds=business_time.between(stretch.start, stretch.end or self._now),
            because=self._cause(stretch.trigger),
        )

    def _events(self, name: str, ordinal: int, steps: list[ClockStep]) -> list[TrailEvent]:
        """Steps and levels in the order in which they were so."""
        told = [(step.at, self._causes[step.trigger]["id"], self._of_step(step)) for step in steps]
        for row in self._levels:
            if (row["data"]["clock"], row["data"]["ordinal"]) == (name, ordinal):
                before = [step for step in steps if step.at <= row["at"]] or steps[:1]
                told.append((row["at"], row["id"], self._of_level(row, before[-1].clock)))
        told.sort(key=lambda one: one[:2])
        return [event for _, _, event in told]

    def _of_step(self, step: ClockStep) -> TrailEvent:
        cause = self._causes[step.trigger]
        return TrailEvent(
            type=f"clock.{step.kind}",
            at=step.at,
            recorded_at=cause["recorded_at"],
            percent=None,
            because=self._cause(step.trigger),
            due_before=step.due_before,
            **self._in_force(step.clock),
        )

    def _of_level(self, row: Any, clock: Clock) -> TrailEvent:
        return TrailEvent(
            type=row["type"],
            at=row["at"],
            recorded_at=row["recorded_at"],
            percent=row["data"].get("percent", BREACH_PERCENT),
            because=None,
            due_before=None,
            **self._in_force(clock),
        )

    def _in_force(self, clock: Clock) -> dict[str, Any]:
        return {
            "policy": self._labels.policies[clock.policy_version],
            "calendar": self._labels.calendar(clock.calendar_version),
            "due_at": clock.due_at,
        }

    def _cause(self, place: int) -> CausingEvent:
        row = self._causes[place]
        return CausingEvent(row["type"], row["at"], row["actor"], row["data"])
