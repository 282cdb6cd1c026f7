"""SLA clocks: deadlines as a pure function of (events, policies, calendars) (DESIGN §2.3)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from service_desk.rules.business_time import BusinessTime, Calendar
from service_desk.rules.sla_policies import Policy

Phase = Literal["running", "paused", "met", "cancelled"]
State = Literal["running", "paused", "met", "breached", "cancelled"]


class Event(msgspec.Struct, frozen=True):
    """A ticket event as the clocks see it. Other types than those named below are ignored."""

    type: str
    at: datetime
    data: dict[str, Any] = {}


class Clock(msgspec.Struct, frozen=True):
    """One clock of one ticket.

    While running, elapsed(t) = anchor_elapsed + working seconds between anchor_at and t. While
    paused, due_at is the due time it would have if it resumed at anchor_at.
    """

    name: str
    ordinal: int
    started_at: datetime
    target_seconds: int
    due_at: datetime
    phase: Phase
    anchor_at: datetime
    anchor_elapsed: int
    policy_version: int
    calendar_version: int | None
    paused_seconds: int = 0
    met_at: datetime | None = None
    paused_at: datetime | None = None
    cancelled_at: datetime | None = None
    due_by_hand: bool = False
    pauses: tuple[tuple[datetime, datetime], ...] = ()


class LevelReached(msgspec.Struct, frozen=True):
    """The n-th clock of that name used up so many percent of its target at that instant."""

    clock: str
    ordinal: int
    percent: int
    at: datetime


def fold_clocks(
    events: Iterable[Event],
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
) -> tuple[Clock, ...]:
    """All clocks of a ticket, in the order they started, from its events in order."""
    raise NotImplementedError


def fold_levels(
    events: Iterable[Event],
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
    now: datetime,
) -> tuple[LevelReached, ...]:
    """Every level reached before `now`, in order: what a worker that never sleeps records."""
    raise NotImplementedError


def elapsed(clock: Clock, now: datetime, business_time: BusinessTime) -> int:
    """Working seconds used up as of now (for an ended clock: when it ended)."""
    raise NotImplementedError


def remaining_seconds(clock: Clock, now: datetime, business_time: BusinessTime) -> int:
    """Working seconds left as of now, negative when overdue."""
    raise NotImplementedError


def state(clock: Clock, now: datetime) -> State:
    """Breached: the due time passed unmet (now > due_at, strictly), or met or cancelled after it."""
    raise NotImplementedError


def level_at(clock: Clock, percent: int, business_time: BusinessTime) -> datetime | None:
    """When that share of the target is used up; None while paused, or if it ended by then."""
    raise NotImplementedError


def next_level(
    clock: Clock, levels: Iterable[int], after_percent: int, business_time: BusinessTime
) -> tuple[int, datetime] | None:
    """The next level above after_percent and its instant; it is reached once now > instant."""
    raise NotImplementedError
