"""The history of a clock: its events and stretches, computed from the ticket's events."""

from datetime import datetime
from typing import Any

import msgspec

from service_desk.clocks.versions import Versions, applied_version_ids, load_versions
from service_desk.errors import NotFound
from service_desk.rows import get_value, list_rows
from service_desk.rules.calendars.business_time import BusinessTime
from service_desk.rules.clocks.clock import BREACH_PERCENT
from service_desk.rules.clocks.fold import Clock, remaining_seconds, state
from service_desk.rules.clocks.trail import ClockStep, Stretch, clock_steps, stretches
from service_desk.rules.tickets.clock_events import ClockBreached, ClockLevelReached
from service_desk.rules.tickets.events import DueSet
from service_desk.rules.tickets.vocabulary import ClockName
from service_desk.sla_settings.schemas import (
    CausingEvent,
    ClockTrail,
    ClockTrails,
    TrailEvent,
    TrailStretch,
)
from service_desk.tables import Ticket, TicketEvent
from service_desk.ticket_views.events import RecordedEvent, read_events
from service_desk.ticket_views.schemas import EventView


async def clock_trails(number: str, name: ClockName, now: datetime) -> ClockTrails:
    """All clocks with this name as of now. Raises NotFound."""
    ticket = await get_value(Ticket.id, number=number)
    if ticket is None:
        raise NotFound("There is no ticket {number}. Check the number.", number=number)
    records = await list_rows(
        EventView,
        TicketEvent,
        TicketEvent.type.not_like("clock.%")
        | (TicketEvent.type == ClockLevelReached.type)
        | (TicketEvent.type == ClockBreached.type),
        ticket=ticket,
        order_by=TicketEvent.id,
    )
    builder = await _trail_builder(read_events(records), now)
    trails = builder.trails(name)
    if not trails:
        raise NotFound("Ticket {number} has had no {clock} clock.", number=number, clock=name)
    return ClockTrails(number, name, trails)


async def _trail_builder(recorded: list[RecordedEvent], now: datetime) -> "_TrailBuilder":
    triggers = [event for event in recorded if not event.type.startswith("clock.")]
    levels = [event for event in recorded if event.type.startswith("clock.")]
    events = [trigger.event for trigger in triggers]
    policies, calendars = applied_version_ids(events)
    versions = await load_versions(policies, calendars)
    steps = clock_steps(events, versions.policies, versions.calendars)
    return _TrailBuilder(triggers, levels, steps, versions, now)


class _TrailBuilder:
    """`triggers`: the events that a step's `trigger` is an index of; `levels`: levels reached."""

    def __init__(
        self,
        triggers: list[RecordedEvent],
        levels: list[RecordedEvent],
        steps: dict[tuple[str, int], list[ClockStep]],
        versions: Versions,
        now: datetime,
    ) -> None:
        self._triggers = triggers
        self._levels = levels
        self._steps = steps
        self._versions = versions
        self._now = now

    def trails(self, name: ClockName) -> list[ClockTrail]:
        return [
            self._trail(name, ordinal, steps)
            for (clock, ordinal), steps in self._steps.items()
            if clock == name
        ]

    def _trail(self, name: ClockName, ordinal: int, steps: list[ClockStep]) -> ClockTrail:
        clock = steps[-1].clock
        business_time = self._versions.business_time(clock.calendar_version)
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
            due_reason=self._due_reason(clock, steps),
            policy=self._versions.policy_names[clock.policy_version],
            calendar=self._versions.calendar_name(clock.calendar_version),
            stretches=[self._stretch(stretch, business_time) for stretch in stretches(steps)],
            events=self._events(name, ordinal, steps),
        )

    def _due_reason(self, clock: Clock, steps: list[ClockStep]) -> str | None:
        """Why the current due time was set manually."""
        triggers = [self._triggers[step.trigger].data for step in steps]
        reasons = [event.reason for event in triggers if isinstance(event, DueSet)]
        return reasons[-1] if clock.due_set_manually else None

    def _stretch(self, stretch: Stretch, business_time: BusinessTime) -> TrailStretch:
        return TrailStretch(
            state=stretch.state,
            start=stretch.start,
            end=stretch.end,
            working_seconds=business_time.between(stretch.start, stretch.end or self._now),
            because=self._because(stretch.trigger),
        )

    def _events(self, name: ClockName, ordinal: int, steps: list[ClockStep]) -> list[TrailEvent]:
        """Steps and levels in the order in which they happened."""
        entries = [
            (step.at, self._triggers[step.trigger].position, self._step_event(step))
            for step in steps
        ]
        for level in self._levels:
            match level.data:
                case ClockLevelReached(percent=percent) as reached:
                    pass
                case ClockBreached() as reached:
                    percent = BREACH_PERCENT
                case _:
                    continue
            if (reached.clock, reached.ordinal) == (name, ordinal):
                before = [step for step in steps if step.at <= level.at] or steps[:1]
                event = self._level_event(level, percent, before[-1].clock)
                entries.append((level.at, level.position, event))
        entries.sort(key=lambda entry: entry[:2])
        return [event for _, _, event in entries]

    def _step_event(self, step: ClockStep) -> TrailEvent:
        return TrailEvent(
            type=f"clock.{step.kind}",
            at=step.at,
            recorded_at=self._triggers[step.trigger].recorded_at,
            percent=None,
            because=self._because(step.trigger),
            due_before=step.due_before,
            **self._terms(step.clock),
        )

    def _level_event(self, level: RecordedEvent, percent: int, clock: Clock) -> TrailEvent:
        return TrailEvent(
            type=level.type,
            at=level.at,
            recorded_at=level.recorded_at,
            percent=percent,
            because=None,
            due_before=None,
            **self._terms(clock),
        )

    def _terms(self, clock: Clock) -> dict[str, Any]:
        return {
            "policy": self._versions.policy_names[clock.policy_version],
            "calendar": self._versions.calendar_name(clock.calendar_version),
            "due_at": clock.due_at,
        }

    def _because(self, trigger: int) -> CausingEvent:
        event = self._triggers[trigger]
        return CausingEvent(event.type, event.at, event.actor, msgspec.to_builtins(event.data))
