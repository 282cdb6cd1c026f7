"""The clocks of a ticket, event by event (DESIGN §2.3; choices made: rules/clocks/fold.py)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.answers import Answer, Answers
from service_desk.rules.clocks.clock import Clock
from service_desk.rules.clocks.run import ClockRun, ClockTerms, PromiseRun
from service_desk.rules.clocks.runs import TicketRuns
from service_desk.rules.clocks.terms import pauses_resolution, terms_of
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
    MessageFailed,
    MessageMoved,
    MessageReceived,
    MessageResent,
    MessageSent,
    MessageSentLater,
)
from service_desk.rules.tickets.states import WaitingFor
from service_desk.rules.tickets.vocabulary import CLOCK_NAMES, ClockName

FROM_OPENING: tuple[ClockName, ...] = ("response", "handling", "resolution")
MET_BY_ANSWER: tuple[ClockName, ...] = ("response", "next_response", "promise")
MET_BY_RESOLVING: tuple[ClockName, ...] = ("resolution",)
ONCE_MET_BY_RESOLVING: tuple[ClockName, ...] = ("handling", "resolution")
"""By a resolution that does not say whether the customer was told: imported, or of an old desk."""


class TicketClocks(TicketRuns):
    """The runs, and what each event does to them."""

    def __init__(
        self, terms: ClockTerms, policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
    ) -> None:
        super().__init__(terms)
        self._policies = policies
        self._calendars = calendars
        self._answers = Answers()
        self._waiting_for: WaitingFor | None = None
        self._ended = False  # resolved, closed or merged
        self._over = False  # ended, and not merely resolved: nothing runs on
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
                return cls(terms_of(event.data, policies, calendars), policies, calendars)
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
        terms = terms_of(applied, self._policies, self._calendars)
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
        elif self._answers:
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
        self._answers.forget(moved.message)
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
        if not sent.automatic and sent.counts:
            self._answer(at, sent.message)

    def _send_again(self, resent: MessageResent, at: datetime) -> None:
        if resent.counts and self._answers.sent_again(resent.message):
            self._answer(at, resent.message)

    def _send_later(self, sent: MessageSentLater, at: datetime) -> None:
        self._answers.sent_again(sent.message)
        self._answer(at, sent.message)

    def _log_call(self, call: CallLogged, at: datetime) -> None:
        if call.answered:
            self._answer(at)

    def _answer(self, at: datetime, message: int | None = None) -> None:
        runs = [run for run in self.runs if run.name in MET_BY_ANSWER]
        answer = Answer(message, at, runs, self._unanswered, self._customer_wrote_since_end)
        self._answers.add(answer)
        self._unanswered, self._customer_wrote_since_end = [], False
        self._meet(MET_BY_ANSWER, at)

    def _fail_message(self, failed: MessageFailed, at: datetime) -> None:
        """It never counted: the clocks that it met run on from where they were."""
        answer = self._answers.take_back(failed.message)
        if answer is None:
            return
        self._unanswered = answer.unanswered + self._unanswered
        for run in answer.ended:
            run.ended_with_ticket = self._ended
        for run in answer.met:
            self._run_on(run, at)
        if self._ended:
            self._customer_wrote_since_end |= answer.wrote_since_end
        elif answer.wrote_since_end and self._answers:
            self._start_unless_running("next_response", at)

    def _run_on(self, run: ClockRun, at: datetime) -> None:
        run.run_on(at)
        if run.terms.versions != self._terms.versions:
            run.apply_terms(self._terms, at)
        if self._over:
            run.cancel(at)
            run.ended_with_ticket = True

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
        """What it does not meet runs on: the plan that was never recorded is still owed, and so is
        the word to a customer who was not told."""
        if self._ended:
            return
        if resolved.told is None:
            self._meet(ONCE_MET_BY_RESOLVING, at, with_ticket=True)
            self._end(resolved, at)
            return
        self._meet(MET_BY_RESOLVING, at, with_ticket=True)
        if resolved.told:
            self._answer(at, resolved.message)
        self._cancel_with_ticket(at, ("referral",))
        self._ended = True
        self._waiting_for = None

    def _end(self, _: EventData, at: datetime) -> None:
        if self._over:
            return
        self._ended = self._over = True
        self._waiting_for = None
        self._cancel_with_ticket(at, CLOCK_NAMES)

    def _reopen(self, _: TicketReopened, at: datetime) -> None:
        if not self._ended:
            return
        self._ended = self._over = False
        for run in self.runs:
            if run.ended_with_ticket:
                run.reopen(at)
                if not run.promised or run.terms.versions != self._terms.versions:
                    run.apply_terms(self._terms, at)
        if self._customer_wrote_since_end and self._answers:
            self._start_unless_running("next_response", at)
        self._customer_wrote_since_end = False

    def _set_due(self, due: DueSet, at: datetime) -> None:
        named = [run for run in self.runs if run.name == due.clock and run.active and run.promised]
        if named:
            named[-1].set_due(due.due_at, at)

    def _pause_or_resume(self, waiting_for: WaitingFor | None, at: datetime) -> None:
        self._waiting_for = waiting_for
        pauses = pauses_resolution(waiting_for, self._terms.policy)
        for run in self.runs:
            if run.name == "resolution" and run.active and run.paused != pauses:
                if pauses:
                    run.pause(at)
                else:
                    run.resume(at)

    # Each takes the data of just that type.
    _handlers: ClassVar[dict[type[EventData], Callable[["TicketClocks", Any, datetime], None]]] = {
        TicketOpened: _open,
        PolicyApplied: _apply_policy,
        MessageReceived: _receive_message,
        MessageMoved: _move_message,
        TicketAbsorbed: _absorb,
        MessageSent: _send_message,
        MessageFailed: _fail_message,
        MessageResent: _send_again,
        MessageSentLater: _send_later,
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
