"""Policies, calendars and the history of a clock, as REST and the pages show them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from service_desk.clocks.versions import Version
from service_desk.input_types import FutureInstant, Reason, VersionSeen
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.clock import ClockState
from service_desk.rules.clocks.trail import StretchState
from service_desk.rules.policies.policies import Policy
from service_desk.rules.tickets.vocabulary import TargetClock

MoveDirection = Literal["up", "down"]
VersionedName = Annotated[str, Meta(min_length=1, max_length=60)]


class PolicyVersionView(Struct, frozen=True):
    """One version of a policy. `id`: `policy_version` in the data of `sla.policy_applied`.
    `retired_at`: since when it no longer applies to new tickets."""

    id: int
    name: str
    version: int
    policy: Policy
    created_at: datetime
    created_by: str | None
    retired_at: datetime | None


class PolicyMoveView(Struct, frozen=True):
    """A policy that was moved one place up or down and so changed places with `swapped_with`."""

    id: int
    name: str
    swapped_with: str
    to: MoveDirection
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
    """New terms being applied to open tickets: `changed` of the `processed` tickets got them,
    `remaining` are yet to be processed.

    `what` was edited: a policy or calendar saved as `version`, a policy retired, or the order:
    `name` is now tried before `swapped_with`."""

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
    a new policy; answered with 409 if another version was saved since."""

    policy: Policy
    apply_to_open: bool = False
    based_on: int | None = None


class CalendarInput(Struct, frozen=True, forbid_unknown_fields=True):
    """As PolicyInput. `name`: without a slash, and not blank. Without `known_holidays`, the
    calendar stores those known now."""

    name: VersionedName
    calendar: Calendar
    apply_to_open: bool = False
    based_on: int | None = None


class RetireInput(Struct, frozen=True, forbid_unknown_fields=True):
    name: VersionedName
    apply_to_open: bool = False


class MoveInput(Struct, frozen=True, forbid_unknown_fields=True):
    """`swapped_with`: the expected neighbour; answered with 409 if it is another policy by now."""

    name: VersionedName
    to: MoveDirection
    apply_to_open: bool = False
    swapped_with: VersionedName | None = None


class DueInput(Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: one of the ticket's that is running or paused."""

    clock: TargetClock
    at: FutureInstant
    reason: Reason
    version: VersionSeen | None = None


class CausingEvent(Struct, frozen=True):
    """The event of the ticket that changed a clock."""

    type: str
    at: datetime
    actor: str
    data: dict[str, Any]


class TrailEvent(Struct, frozen=True):
    """A change of a clock, with the terms in force from then on. No `calendar`: around the clock.
    `due_before`: set if the due time moved. `percent`: of a level. `recorded_at`: later than `at`
    if a worker was late."""

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
    """`state` is `ended` between an end and a reopening. No `end`: it continues."""

    state: StretchState
    start: datetime
    end: datetime | None
    working_seconds: int
    because: CausingEvent


class ClockTrail(Struct, frozen=True):
    """One clock from its start. Seconds are working time in the calendar in force."""

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
    """All clocks of one name of a ticket, in the order in which they started."""

    ticket: str
    clock: str
    clocks: list[ClockTrail]
