"""One clock while the events of its ticket are applied.

A pause that begins before the due time has passed moves it by the pause's working time. So the due
time computed from start, target and pauses equals the one moved pause by pause, whatever the order
of policy changes in between. Pauses are kept as intervals of real time, and measured in the
calendar in force. Exact to the microsecond here; a `Clock` is in seconds.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from service_desk.rules.calendars.business_time import BusinessTime, compile_calendar
from service_desk.rules.clocks.clock import Clock, Phase
from service_desk.rules.policies.policies import Policy
from service_desk.rules.tickets.vocabulary import ClockName

_SECOND = timedelta(seconds=1)


class ClockTerms:
    """The versions in force for a ticket."""

    __slots__ = ("business_time", "calendar_version", "policy", "policy_version")

    def __init__(
        self,
        policy_version: int,
        policy: Policy,
        calendar_version: int | None,
        business_time: BusinessTime,
    ) -> None:
        self.policy_version = policy_version
        self.policy = policy
        self.calendar_version = calendar_version
        self.business_time = business_time

    @property
    def versions(self) -> tuple[int, int | None]:
        return self.policy_version, self.calendar_version

    def around_the_clock(self) -> "ClockTerms":
        return ClockTerms(self.policy_version, self.policy, None, compile_calendar(None))


class ClockRun:
    """A clock, promised or not: without a target it runs unseen, and `clock()` is None."""

    __slots__ = (
        "_anchor_at",
        "_anchor_used",
        "_clock",
        "_dropped",
        "_due_at",
        "_ended_at",
        "_ordinal",
        "_paused",
        "_paused_at",
        "_pauses",
        "_phase",
        "_set_manually",
        "_started_at",
        "_target",
        "ended_with_ticket",
        "met_later",
        "name",
        "terms",
    )

    def __init__(
        self, name: ClockName, ordinal: int, started_at: datetime, terms: ClockTerms
    ) -> None:
        self.name: ClockName = name
        self.terms = terms
        self.ended_with_ticket = False  # reopening the ticket undoes it
        self.met_later = False  # than it was first taken to be
        self._ordinal = ordinal
        self._started_at = self._anchor_at = self._due_at = started_at
        self._anchor_used = self._paused = timedelta()
        self._pauses: list[tuple[datetime, datetime]] = []
        self._paused_at: datetime | None = None
        self._ended_at: datetime | None = None
        self._dropped: Clock | None = None
        self._clock: Clock | None = None  # cached until something changes
        self._phase: Phase = "running"
        self._target: timedelta | None = None
        self._set_manually = False

    @property
    def active(self) -> bool:
        return self._ended_at is None

    @property
    def started_at(self) -> datetime:
        return self._started_at

    @property
    def promised(self) -> bool:
        """By a policy's target, or by a due time set manually."""
        return self._target is not None and self._dropped is None

    @property
    def paused(self) -> bool:
        return self._paused_at is not None

    def apply_terms(self, terms: ClockTerms, at: datetime) -> None:
        """Compute again from the start under a new policy or calendar, keeping the pauses.

        An ended clock stays as promised; one without a target in the policy is cancelled.
        """
        if not self.active:
            return
        seconds = terms.policy.targets.get(self.name)
        if seconds is None and not self._set_manually:
            self._dropped = self._dropped or self._cancelled_clock(at)
            return
        self.terms = terms
        self._dropped = self._clock = None
        bt = terms.business_time
        self._paused = sum((bt.exactly_between(*pause) for pause in self._pauses), timedelta())
        if self._paused_at is None:
            self._anchor_at = at
            self._anchor_used = self._used_since_start(at)
        else:
            self._anchor_used = self._used_since_start(self._paused_at)
        if self._set_manually:
            self._target = self._used_at(self._due_at)
        elif seconds is not None:
            self._anchor_at = self._paused_at or at
            self._target = timedelta(seconds=seconds)
            self._due_at = self._due_from_start(self._target)

    def set_due(self, due_at: datetime, at: datetime) -> None:
        """Manually. If the clock is paused, only the rest of the pause moves this due time."""
        if self._paused_at is None:
            self._anchor_used = self._used_at(at)
        self._anchor_at = at
        self._due_at = due_at
        self._set_manually = True
        self._dropped = self._clock = None
        self._target = self._used_at(due_at)

    def pause(self, at: datetime) -> None:
        self._anchor_used = self._used_at(at)
        self._anchor_at = self._paused_at = at
        self._phase = "paused"
        self._clock = None

    def resume(self, at: datetime) -> None:
        if self._paused_at is None:
            return
        bt = self.terms.business_time
        if self._due_at >= self._anchor_at:
            self._due_at = bt.due(self._due_at, bt.exactly_between(self._anchor_at, at))
        self._pauses.append((self._paused_at, at))
        self._paused += bt.exactly_between(self._paused_at, at)
        self._paused_at = None
        self._anchor_at = at
        self._phase = "running"
        self._clock = None

    def meet(self, at: datetime) -> None:
        self._end("met", at)

    def meet_later(self, at: datetime) -> None:
        """What met it never counted; what came `at` that later instant did."""
        self._ended_at = at
        self.met_later = True
        self._clock = None

    def run_on(self, at: datetime) -> None:
        """What met it never counted: as if it had run ever since."""
        self._anchor_used = self._used_at(at)
        self._anchor_at = at
        self._ended_at = None
        self._phase = "running"
        self.met_later = False
        self._clock = None

    def cancel(self, at: datetime) -> None:
        self._end("cancelled", at)

    def reopen(self, at: datetime) -> None:
        """Continue, with the time since its end given back; not overdue if it ended in time."""
        ended_at = self._ended_at
        if ended_at is None:
            return
        in_time = ended_at <= self._due_at
        self._ended_at = None
        self.ended_with_ticket = False
        self.pause(ended_at)
        self.resume(at)
        if in_time:
            self._due_at = max(self._due_at, at)
        self._clock = None

    def clock(self) -> Clock | None:
        """None while not promised. The same object until something changes."""
        if self._target is None or self._dropped is not None:
            return self._dropped
        if self._clock is None:
            self._clock = self._as_clock(self._target)
        return self._clock

    def _as_clock(self, target: timedelta) -> Clock:
        return Clock(
            name=self.name,
            ordinal=self._ordinal,
            started_at=self._started_at,
            target_seconds=target // _SECOND,
            due_at=self._due_at,
            phase=self._phase,
            anchor_at=self._anchor_at,
            anchor_elapsed=self._anchor_used // _SECOND,
            policy_version=self.terms.policy_version,
            calendar_version=self.terms.calendar_version,
            paused_seconds=self._paused // _SECOND,
            met_at=self._ended_at if self._phase == "met" else None,
            paused_at=self._paused_at,
            cancelled_at=self._ended_at if self._phase == "cancelled" else None,
            due_set_manually=self._set_manually,
            pauses=tuple(self._pauses),
        )

    def _cancelled_clock(self, at: datetime) -> Clock | None:
        clock = self.clock()
        if clock is None:
            return None
        anchor_at = at if self.paused else clock.anchor_at
        return replace(
            clock, phase="cancelled", cancelled_at=at, paused_at=None, anchor_at=anchor_at
        )

    def _end(self, phase: Phase, at: datetime) -> None:
        self.resume(at)
        self._phase = phase
        self._ended_at = at
        self._clock = None

    def _used_at(self, at: datetime) -> timedelta:
        """As if it ran on since the anchor."""
        if at < self._anchor_at:
            return self._used_since_start(at)
        return self._anchor_used + self.terms.business_time.exactly_between(self._anchor_at, at)

    def _used_since_start(self, at: datetime) -> timedelta:
        bt = self.terms.business_time
        used = bt.exactly_between(self._started_at, at)
        for start, end in self._pauses:
            used -= bt.exactly_between(start, min(end, at))
        return used

    def _due_from_start(self, target: timedelta) -> datetime:
        bt = self.terms.business_time
        due_at = bt.due(self._started_at, target)
        for start, end in self._pauses:
            if due_at >= start:
                due_at = bt.due(due_at, bt.exactly_between(start, end))
        return due_at


class PromiseRun(ClockRun):
    """A clock for a promised time, which no change of policy or calendar affects."""

    __slots__ = ()

    def __init__(
        self,
        name: ClockName,
        ordinal: int,
        started_at: datetime,
        terms: ClockTerms,
        due_at: datetime,
    ) -> None:
        super().__init__(name, ordinal, started_at, terms)
        self._due_at = due_at
        self._target = self._used_at(due_at)

    def apply_terms(self, terms: ClockTerms, at: datetime) -> None:
        pass

    def reopen(self, at: datetime) -> None:
        """Continue if the promised time is still ahead; it was told to the customer, so it does not
        move. If it has passed, the clock stays cancelled."""
        self.ended_with_ticket = False
        if self._due_at < at:
            return
        self._anchor_used = self._used_at(at)
        self._anchor_at = at
        self._ended_at = None
        self._phase = "running"
        self._clock = None
