"""What REST and the pages are told of policies, calendars and the history of a clock."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.clock import ClockState
from service_desk.rules.clocks.trail import StretchState
from service_desk.rules.policies.policies import Policy
from service_desk.rules.tickets.vocabulary import TargetClock

Direction = Literal["up", "down"]
Name = Annotated[str, Meta(min_length=1, max_length=60)]


class PolicyVersionView(Struct, frozen=True):
    """One version of a policy. `id`: what the data of `sla.policy_applied` names it by.
    `retired_at`: since when it is not for new tickets any more."""

    id: int
    name: str
    version: int
    policy: Policy
    created_at: datetime
    created_by: str | None
    retired_at: datetime | None


class PolicyMoveView(Struct, frozen=True):
    """A policy that was moved one place up or down, past that other one."""

    id: int
    name: str
    swapped_with: str
    to: Direction
    moved_at: datetime
    moved_by: str | None


class CalendarVersionView(Struct, frozen=True):
    """As PolicyVersionView."""

    id: int
    name: str
    version: int
    calendar: Calendar
    created_at: datetime
    created_by: str | None
    retired_at: datetime | None


class RolloutView(Struct, frozen=True):
    """New terms on their way to the open tickets: `changed` of `processed`, `remaining` to look at.

    `what` was edited: a policy or a calendar saved as that version, a policy retired, or the order:
    `name` is tried before `swapped_with` now."""

    id: int
    what: Literal["policy", "calendar", "retirement", "order"]
    name: str
    version: int | None
    swapped_with: str | None
    requested_by: str | None
    requested_at: datetime
    finished_at: datetime | None
    processed: int
    remaining: int
    changed: int


class PolicyInput(Struct, frozen=True, forbid_unknown_fields=True):
    """`apply_to_open`: recompute open tickets too. `based_on`: the version that was edited, 0 for
    a new policy; if another was saved meanwhile, this one is refused with 409."""

    policy: Policy
    apply_to_open: bool = False
    based_on: int | None = None


class CalendarInput(Struct, frozen=True, forbid_unknown_fields=True):
    """As PolicyInput. The calendar's `known_holidays` may be left out: then it keeps those that are
    known by now."""

    name: Name
    calendar: Calendar
    apply_to_open: bool = False
    based_on: int | None = None


class RetireInput(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    apply_to_open: bool = False


class MoveInput(Struct, frozen=True, forbid_unknown_fields=True):
    """`swapped_with`: the policy that it is to change places with; if meanwhile that would be another one,
    this is refused with 409."""

    name: Name
    to: Direction
    apply_to_open: bool = False
    swapped_with: Name | None = None


class DueInput(Struct, frozen=True, forbid_unknown_fields=True):
    clock: TargetClock
    due_at: datetime
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Version(Struct, frozen=True):
    """Of a policy or of a calendar. `id`: among all versions of all policies, or of all calendars;
    `version`: as people count those of that name."""

    id: int
    name: str
    version: int


class CausingEvent(Struct, frozen=True):
    """The ticket's event that did something to a clock."""

    type: str
    at: datetime
    actor: str
    data: dict[str, Any]


class TrailEvent(Struct, frozen=True):
    """What happened to a clock, and the terms in force from then on; no calendar is around the
    clock. `due_before`: if the due time moved. `percent`: of a level. `recorded_at`: when it was
    written down, which is later than `at` if a worker was late."""

    type: str
    at: datetime
    recorded_at: datetime
    policy: Version
    calendar: Version | None
    due_at: datetime
    due_before: datetime | None
    percent: int | None
    because: CausingEvent | None


class TrailStretch(Struct, frozen=True):
    """`ended`: between an end and a reopening. No `end`: it still goes on."""

    state: StretchState
    start: datetime
    end: datetime | None
    working_seconds: int
    because: CausingEvent


class ClockTrail(Struct, frozen=True):
    """One clock from its start. Seconds are working time of the calendar in force."""

    ordinal: int
    state: ClockState
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    cancelled_at: datetime | None
    target_seconds: int
    paused_seconds: int
    remaining_seconds: int
    due_set_manually: bool
    due_reason: str | None
    policy: Version
    calendar: Version | None
    stretches: list[TrailStretch]
    events: list[TrailEvent]


class ClockTrails(Struct, frozen=True):
    """All clocks of one name that a ticket had, in the order in which they started."""

    ticket: str
    clock: str
    clocks: list[ClockTrail]
