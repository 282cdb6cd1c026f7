"""The clocks of a ticket, event by event (DESIGN §2.3; choices made: rules/clocks/fold.py)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from service_desk.rules.calendars.business_time import Calendar, compile_calendar
from service_desk.rules.clocks.clock import Clock
from service_desk.rules.clocks.run import ClockRun, ClockTerms, PromiseRun
from service_desk.rules.policies.policies import Policy
from service_desk.rules.tickets.event import Event, EventData
from service_desk.rules.tickets.events import (
    DueSet,
    PlanRecorded,
    PolicyApplied,
    PromiseMade,
    ReferralAnswered,
    TicketAbsorbed,
    TicketClosed,
    TicketMerged,
    TicketOpened,
    TicketReferred,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketWaiting,
)
from service_desk.rules.tickets.message_events import (
    CallLogged,
    MessageMoved,
    MessageReceived,
    MessageSent,
)
from service_desk.rules.tickets.states import WaitingFor
from service_desk.rules.tickets.vocabulary import ClockName

FROM_OPENING: tuple[ClockName, ...] = ("response", "handling", "resolution")
MET_BY_ANSWER: tuple[ClockName, ...] = ("response", "next_response", "promise")
MET_BY_RESOLVING: tuple[ClockName, ...] = ("handling", "resolution")


class TicketClocks:
    """`runs`: the clocks, in the order they started, promised or not."""

    def __init__(
        self, terms: ClockTerms, policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
    ) -> None:
        self.runs: list[ClockRun] = []
        self._terms = terms
        self._policies = policies
        self._calendars = calendars
        self._responded = False
        self._waiting_for: WaitingFor | None = None
        self._ended = False  # resolved, closed or merged
        self._customer_wrote_since_end = False
        self._unanswered: list[int | None] = []  # message ids; None: one of a merged ticket

    @classmethod
    def initial(
        cls,
        events: Iterable[Event],
        policies: Mapping[int, Policy],
        calendars: Mapping[int, Calendar],
    ) -> Self | None:
        """Before the first event, under the first policy among `events`; None without one."""
        for event in events:
            if isinstance(event.data, PolicyApplied):
                return cls(_terms(event.data, policies, calendars), policies, calendars)
        return None

    @classmethod
    def handles(cls, event: Event) -> bool:
        """Whether such an event can affect a clock."""
        return type(event.data) in cls._handlers

    def apply(self, event: Event) -> None:
        kind = type(event.data)
        handle = self._handlers.get(kind)
        if handle is not None and (self.runs or kind is TicketOpened):
            handle(self, event.data, event.at)

    def clocks(self) -> tuple[Clock, ...]:
        return tuple([clock for run in self.runs if (clock := run.clock()) is not None])

    def _open(self, _: TicketOpened, at: datetime) -> None:
        if not self.runs:
            for name in FROM_OPENING:
                self._start(name, at)

    def _apply_policy(self, applied: PolicyApplied, at: datetime) -> None:
        terms = _terms(applied, self._policies, self._calendars)
        if terms.versions == self._terms.versions:
            return
        self._terms = terms
        for run in self.runs:
            run.apply_terms(terms, at)
        self._pause_or_resume(self._waiting_for, at)

    def _receive_message(self, received: MessageReceived, at: datetime) -> None:
        if self._waiting_for == "customer":
            self._pause_or_resume(None, at)
        self._unanswered.append(received.message)
        if self._ended:
            self._customer_wrote_since_end = True
        elif self._responded:
            self._start_unless_running("next_response", at)

    def _absorb(self, absorbed: TicketAbsorbed, at: datetime) -> None:
        """A ticket was merged into this one: its customer now waits here for the answer it owed,
        since the time of writing. The same answer meets clocks of later messages."""
        if self._ended or absorbed.unanswered_since is None:
            return
        since = min(absorbed.unanswered_since, at)
        self._unanswered.append(None)
        if not any(
            run.name in ("response", "next_response") and run.active and run.started_at <= since
            for run in self.runs
        ):
            self._start("next_response", at, since)

    def _move_message(self, moved: MessageMoved, at: datetime) -> None:
        """To another ticket: this one owes it no answer any more."""
        if moved.message not in self._unanswered:
            return
        self._unanswered.remove(moved.message)
        if not self._unanswered:
            self._customer_wrote_since_end = False
            for run in self.runs:
                if run.name == "next_response":
                    run.ended_with_ticket = False
                    if run.active:
                        run.cancel(at)

    def _send_message(self, sent: MessageSent, at: datetime) -> None:
        if not sent.automatic:
            self._answer(at)

    def _log_call(self, call: CallLogged, at: datetime) -> None:
        if call.answered:
            self._answer(at)

    def _answer(self, at: datetime) -> None:
        self._responded = True
        self._customer_wrote_since_end = False
        self._unanswered.clear()
        self._meet(MET_BY_ANSWER, at)

    def _record_plan(self, _: PlanRecorded, at: datetime) -> None:
        self._meet(("handling",), at)

    def _answer_referral(self, _: ReferralAnswered, at: datetime) -> None:
        self._meet(("referral",), at)

    def _make_promise(self, promise: PromiseMade, at: datetime) -> None:
        if not self._ended:
            terms, ordinal = self._terms.around_the_clock(), self._next_ordinal("promise")
            self.runs.append(PromiseRun("promise", ordinal, at, terms, promise.due_at))

    def _refer(self, _: TicketReferred, at: datetime) -> None:
        if not self._ended:
            self._start_unless_running("referral", at)

    def _wait_for(self, waiting: TicketWaiting, at: datetime) -> None:
        if not self._ended:
            self._pause_or_resume(waiting.for_, at)

    def _resume(self, _: TicketResumed, at: datetime) -> None:
        self._pause_or_resume(None, at)

    def _resolve(self, resolved: TicketResolved, at: datetime) -> None:
        if not self._ended:
            self._meet(MET_BY_RESOLVING, at, with_ticket=True)
            self._end(resolved, at)

    def _end(self, _: EventData, at: datetime) -> None:
        if self._ended:
            return
        self._ended = True
        self._waiting_for = None
        for run in self.runs:
            if run.active:
                run.cancel(at)
                run.ended_with_ticket = True

    def _reopen(self, _: TicketReopened, at: datetime) -> None:
        if not self._ended:
            return
        self._ended = False
        for run in self.runs:
            if run.ended_with_ticket:
                run.reopen(at)
                if not run.promised or run.terms.versions != self._terms.versions:
                    run.apply_terms(self._terms, at)
        if self._customer_wrote_since_end and self._responded:
            self._start_unless_running("next_response", at)
        self._customer_wrote_since_end = False

    def _set_due(self, due: DueSet, at: datetime) -> None:
        named = [run for run in self.runs if run.name == due.clock and run.active and run.promised]
        if named:
            named[-1].set_due(due.due_at, at)

    def _pause_or_resume(self, waiting_for: WaitingFor | None, at: datetime) -> None:
        self._waiting_for = waiting_for
        pauses = _pauses_resolution(waiting_for, self._terms.policy)
        for run in self.runs:
            if run.name == "resolution" and run.active and run.paused != pauses:
                if pauses:
                    run.pause(at)
                else:
                    run.resume(at)

    def _meet(
        self, names: tuple[ClockName, ...], at: datetime, *, with_ticket: bool = False
    ) -> None:
        for run in self.runs:
            if run.name in names:
                # A clock that was met before stays met when the ticket reopens.
                run.ended_with_ticket = with_ticket and run.active
                if run.active:
                    run.meet(at)

    def _start_unless_running(self, name: ClockName, at: datetime) -> None:
        if not any(run.name == name and run.active for run in self.runs):
            self._start(name, at)

    def _start(self, name: ClockName, at: datetime, since: datetime | None = None) -> None:
        """Start a clock on an event `at`, running from `since` if given, else from `at`."""
        run = ClockRun(name, self._next_ordinal(name), since or at, self._terms)
        run.apply_terms(self._terms, at)
        self.runs.append(run)

    def _next_ordinal(self, name: ClockName) -> int:
        """A clock not promised so far keeps its number while it can still be promised."""
        return 1 + sum(
            run.name == name and (run.active or run.ended_with_ticket or run.clock() is not None)
            for run in self.runs
        )

    # Each takes the data of just that type.
    _handlers: ClassVar[dict[type[EventData], Callable[["TicketClocks", Any, datetime], None]]] = {
        TicketOpened: _open,
        PolicyApplied: _apply_policy,
        MessageReceived: _receive_message,
        MessageMoved: _move_message,
        TicketAbsorbed: _absorb,
        MessageSent: _send_message,
        CallLogged: _log_call,
        PlanRecorded: _record_plan,
        PromiseMade: _make_promise,
        TicketReferred: _refer,
        ReferralAnswered: _answer_referral,
        TicketWaiting: _wait_for,
        TicketResumed: _resume,
        TicketResolved: _resolve,
        TicketClosed: _end,
        TicketMerged: _end,
        TicketReopened: _reopen,
        DueSet: _set_due,
    }


def _terms(
    applied: PolicyApplied, policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
) -> ClockTerms:
    policy, calendar = applied.policy_version, applied.calendar_version
    bt = compile_calendar(None if calendar is None else calendars[calendar])
    return ClockTerms(policy, policies[policy], calendar, bt)


def _pauses_resolution(waiting_for: WaitingFor | None, policy: Policy) -> bool:
    match waiting_for:
        case "customer":
            return True
        case "supplier":
            return policy.pause_on_supplier
        case "parts":
            return policy.pause_on_parts
        case None:
            return False
