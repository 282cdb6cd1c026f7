"""What happens to a ticket's clocks: events that follow from its other events, and from time."""

from datetime import datetime
from typing import ClassVar

from service_desk.rules.tickets.event import EventData
from service_desk.rules.tickets.vocabulary import ClockName


class ClockEvent(EventData, frozen=True):
    """About the `ordinal`-th clock of that name."""

    clock: ClockName
    ordinal: int


class ClockStarted(ClockEvent, frozen=True):
    type: ClassVar[str] = "clock.started"
    due_at: datetime
    target_seconds: int


class ClockDueMoved(ClockEvent, frozen=True):
    type: ClassVar[str] = "clock.due_moved"
    due_at: datetime
    due_before: datetime


class ClockPaused(ClockEvent, frozen=True):
    type: ClassVar[str] = "clock.paused"


class ClockResumed(ClockEvent, frozen=True):
    type: ClassVar[str] = "clock.resumed"
    due_at: datetime


class ClockMet(ClockEvent, frozen=True):
    type: ClassVar[str] = "clock.met"
    late: bool


class ClockBreached(ClockEvent, frozen=True):
    type: ClassVar[str] = "clock.breached"


class ClockLevelReached(ClockEvent, frozen=True):
    type: ClassVar[str] = "clock.level_reached"
    percent: int


class ClockCancelled(ClockEvent, frozen=True):
    type: ClassVar[str] = "clock.cancelled"
