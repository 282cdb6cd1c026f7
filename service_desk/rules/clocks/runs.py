"""The clocks of one ticket while its events are applied: started, met and cancelled by name."""

from datetime import datetime

from service_desk.rules.clocks.run import ClockRun, ClockTerms
from service_desk.rules.tickets.vocabulary import ClockName


class TicketRuns:
    """`runs`: the clocks, in the order they started, promised or not."""

    def __init__(self, terms: ClockTerms) -> None:
        self.runs: list[ClockRun] = []
        self._terms = terms

    def _cancel_with_ticket(self, at: datetime, names: tuple[ClockName, ...]) -> None:
        for run in self.runs:
            if run.active and run.name in names:
                run.cancel(at)
                run.ended_with_ticket = True

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
