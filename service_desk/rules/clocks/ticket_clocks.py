"""The clocks of a ticket, event by event (DESIGN §2.3; choices made: rules/clocks/fold.py)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from service_desk.rules.calendars.business_time import Calendar, compile_calendar
from service_desk.rules.clocks.clock import Clock, Event
from service_desk.rules.clocks.run import ClockRun, ClockTerms, PromiseRun
from service_desk.rules.policies.policies import Policy

FROM_OPENING = ("response", "handling", "resolution")
MET_BY_ANSWER = ("response", "next_response", "promise")
MET_BY_RESOLVING = ("handling", "resolution")


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
        self._waiting_for: str | None = None
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
            if event.type == "sla.policy_applied":
                return cls(_terms(event.data, policies, calendars), policies, calendars)
        return None

    @classmethod
    def handles(cls, type_: str) -> bool:
        """Whether events of that type can affect a clock."""
        return type_ in cls._handlers

    def apply(self, event: Event) -> None:
        handle = self._handlers.get(event.type)
        if handle is not None and (self.runs or event.type == "ticket.opened"):
            handle(self, event)

    def clocks(self) -> tuple[Clock, ...]:
        return tuple([clock for run in self.runs if (clock := run.clock()) is not None])

    def _open(self, event: Event) -> None:
        if not self.runs:
            for name in FROM_OPENING:
                self._start(name, event.at)

    def _apply_policy(self, event: Event) -> None:
        terms = _terms(event.data, self._policies, self._calendars)
        if terms.versions == self._terms.versions:
            return
        self._terms = terms
        for run in self.runs:
            run.apply_terms(terms, event.at)
        self._pause_or_resume(self._waiting_for, event.at)

    def _receive_message(self, event: Event) -> None:
        if self._waiting_for == "customer":
            self._pause_or_resume(None, event.at)
        self._unanswered.append(event.data.get("message"))
        if self._ended:
            self._customer_wrote_since_end = True
        elif self._responded:
            self._start_unless_running("next_response", event.at)

    def _absorb(self, event: Event) -> None:
        """A ticket was merged into this one: its customer now waits here for the answer it owed,
        since the time of writing. The same answer meets clocks of later messages."""
        if self._ended or "unanswered_since" not in event.data:
            return
        since = min(_instant(event.data["unanswered_since"]), event.at)
        self._unanswered.append(None)
        if not any(
            run.name in ("response", "next_response") and run.active and run.started_at <= since
            for run in self.runs
        ):
            self._start("next_response", event.at, since)

    def _move_message(self, event: Event) -> None:
        """To another ticket: this one owes it no answer any more."""
        if event.data["message"] not in self._unanswered:
            return
        self._unanswered.remove(event.data["message"])
        if not self._unanswered:
            self._customer_wrote_since_end = False
            for run in self.runs:
                if run.name == "next_response":
                    run.ended_with_ticket = False
                    if run.active:
                        run.cancel(event.at)

    def _send_message(self, event: Event) -> None:
        if not event.data.get("automatic", False):
            self._answer(event.at)

    def _log_call(self, event: Event) -> None:
        if event.data.get("answered", False):
            self._answer(event.at)

    def _answer(self, at: datetime) -> None:
        self._responded = True
        self._customer_wrote_since_end = False
        self._unanswered.clear()
        self._meet(MET_BY_ANSWER, at)

    def _record_plan(self, event: Event) -> None:
        self._meet(("handling",), event.at)

    def _answer_referral(self, event: Event) -> None:
        self._meet(("referral",), event.at)

    def _make_promise(self, event: Event) -> None:
        if not self._ended:
            terms, ordinal = self._terms.around_the_clock(), self._next_ordinal("promise")
            self.runs.append(
                PromiseRun("promise", ordinal, event.at, terms, _instant(event.data["due_at"]))
            )

    def _refer(self, event: Event) -> None:
        if not self._ended:
            self._start_unless_running("referral", event.at)

    def _wait_for(self, event: Event) -> None:
        if not self._ended:
            self._pause_or_resume(event.data["for"], event.at)

    def _resume(self, event: Event) -> None:
        self._pause_or_resume(None, event.at)

    def _resolve(self, event: Event) -> None:
        if not self._ended:
            self._meet(MET_BY_RESOLVING, event.at, with_ticket=True)
            self._end(event)

    def _end(self, event: Event) -> None:
        if self._ended:
            return
        self._ended = True
        self._waiting_for = None
        for run in self.runs:
            if run.active:
                run.cancel(event.at)
                run.ended_with_ticket = True

    def _reopen(self, event: Event) -> None:
        if not self._ended:
            return
        self._ended = False
        for run in self.runs:
            if run.ended_with_ticket:
                run.reopen(event.at)
                if not run.promised or run.terms.versions != self._terms.versions:
                    run.apply_terms(self._terms, event.at)
        if self._customer_wrote_since_end and self._responded:
            self._start_unless_running("next_response", event.at)
        self._customer_wrote_since_end = False

    def _set_due(self, event: Event) -> None:
        named = [
            run
            for run in self.runs
            if run.name == event.data["clock"] and run.active and run.promised
        ]
        if named:
            named[-1].set_due(_instant(event.data["due_at"]), event.at)

    def _pause_or_resume(self, waiting_for: str | None, at: datetime) -> None:
        self._waiting_for = waiting_for
        pauses = _pauses_resolution(waiting_for, self._terms.policy)
        for run in self.runs:
            if run.name == "resolution" and run.active and run.paused != pauses:
                if pauses:
                    run.pause(at)
                else:
                    run.resume(at)

    def _meet(self, names: tuple[str, ...], at: datetime, *, with_ticket: bool = False) -> None:
        for run in self.runs:
            if run.name in names:
                # A clock that was met before stays met when the ticket reopens.
                run.ended_with_ticket = with_ticket and run.active
                if run.active:
                    run.meet(at)

    def _start_unless_running(self, name: str, at: datetime) -> None:
        if not any(run.name == name and run.active for run in self.runs):
            self._start(name, at)

    def _start(self, name: str, at: datetime, since: datetime | None = None) -> None:
        """Start a clock on an event `at`, running from `since` if given, else from `at`."""
        run = ClockRun(name, self._next_ordinal(name), since or at, self._terms)
        run.apply_terms(self._terms, at)
        self.runs.append(run)

    def _next_ordinal(self, name: str) -> int:
        """A clock not promised so far keeps its number while it can still be promised."""
        return 1 + sum(
            run.name == name and (run.active or run.ended_with_ticket or run.clock() is not None)
            for run in self.runs
        )

    _handlers: ClassVar[dict[str, Callable[["TicketClocks", Event], None]]] = {
        "ticket.opened": _open,
        "sla.policy_applied": _apply_policy,
        "message.received": _receive_message,
        "message.moved": _move_message,
        "ticket.absorbed": _absorb,
        "message.sent": _send_message,
        "call.logged": _log_call,
        "plan.recorded": _record_plan,
        "promise.made": _make_promise,
        "ticket.referred": _refer,
        "referral.answered": _answer_referral,
        "ticket.waiting": _wait_for,
        "ticket.resumed": _resume,
        "ticket.resolved": _resolve,
        "ticket.closed": _end,
        "ticket.merged": _end,
        "ticket.reopened": _reopen,
        "due.set": _set_due,
    }


def _terms(
    data: dict[str, Any], policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
) -> ClockTerms:
    policy: int = data["policy_version"]
    calendar: int | None = data.get("calendar_version")
    bt = compile_calendar(None if calendar is None else calendars[calendar])
    return ClockTerms(policy, policies[policy], calendar, bt)


def _pauses_resolution(waiting_for: str | None, policy: Policy) -> bool:
    match waiting_for:
        case "customer":
            return True
        case "supplier":
            return policy.pause_on_supplier
        case "parts":
            return policy.pause_on_parts
        case _:
            return False


def _instant(value: str | datetime) -> datetime:
    return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).astimezone(UTC)
