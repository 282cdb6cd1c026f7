"""A ticket's clocks the slow way: live through every minute of it. For tests only.

Times are microseconds since a base, which is a whole minute. Working time is looked up minute by
minute, and a minute in which something happens is cut in two there; a pause moves a due time by one
working minute for each working minute that passes in it. Nothing is shared with the code under test
but the Structs it is given.
"""

from collections.abc import Sequence

from service_desk.rules.clocks.fold import Event
from service_desk.rules.policies.policies import Policy
from tests.rules.clocks.slow_clock import MINUTE, NEVER, SECOND, OpenTime, SlowClock, SlowTime

__all__ = ["MINUTE", "NEVER", "SECOND", "OpenTime", "SlowClock", "SlowTicket"]


class SlowTicket(SlowTime):
    def __init__(
        self,
        events: Sequence[tuple[int, Event]],
        policies: dict[int, Policy],
        open_time: dict[int | None, OpenTime],
    ) -> None:
        super().__init__(open_time)
        self.events = events
        self.policies = policies
        self.runs: list[SlowClock] = []
        self.levels: list[tuple[int, str, int, int]] = []  # instant, clock, ordinal, percent
        first = next(event for _, event in events if event.type == "sla.policy_applied")
        self.policy, self.calendar = first.data["policy_version"], first.data["calendar_version"]
        self.responded = self.halted = self.written = False
        self.waiting = None
        self.unanswered: list[int] = []

    def live(self, until: int) -> None:
        now = 0
        for at, event in self.events:
            self.pass_all(now, at)
            self.take(event.type, event.data, at)
            now = at
        self.pass_all(now, until)

    def pass_all(self, since: int, until: int) -> None:
        for start, end in self.minutes(since, until):
            for clock in self.runs:
                if clock.ended is None:
                    self.reach_levels(clock, start, end)
                    self.pass_time(clock, start, end)

    @property
    def clocks(self) -> list[SlowClock]:
        """Those that were ever promised."""
        return [run.dropped or run for run in self.runs if run.promised or run.dropped]

    # What happens

    def take(self, kind: str, data: dict, now: int) -> None:  # noqa: C901 — plain on purpose
        if kind == "ticket.opened":
            for name in ("response", "handling", "resolution"):
                self.begin(name, now)
        elif kind == "sla.policy_applied":
            new = data["policy_version"], data["calendar_version"]
            if new != (self.policy, self.calendar):
                self.policy, self.calendar = new
                for clock in self.runs:
                    self.come_under_policy(clock, now)
                self.settle_waiting(now)
        elif kind == "message.received":
            if self.waiting == "customer":
                self.waiting = None
                self.settle_waiting(now)
            self.unanswered.append(data["message"])
            if self.halted:
                self.written = True
            elif self.responded:
                self.begin_if_none("next_response", now)
        elif (kind == "message.sent" and not data["automatic"]) or (
            kind == "call.logged" and data["answered"]
        ):
            self.responded, self.written, self.unanswered = True, False, []
            self.end({"response", "next_response", "promise"}, "met", now)
        elif kind == "message.moved" and data["message"] in self.unanswered:
            self.unanswered.remove(data["message"])
            if not self.unanswered:
                self.written = False
                self.end({"next_response"}, "cancelled", now)
        elif kind == "ticket.absorbed" and "owed" in data and not self.halted:
            self.unanswered.append(0)
            since = min(data["owed"], now)
            if not [
                clock
                for clock in self.runs
                if clock.name in ("response", "next_response")
                and clock.ended is None
                and clock.start <= since
            ]:
                self.begin("next_response", now, since)
        elif kind == "plan.recorded":
            self.end({"handling"}, "met", now)
        elif kind == "referral.answered":
            self.end({"referral"}, "met", now)
        elif kind == "ticket.resolved" and not self.halted:
            self.halt({"handling", "resolution"}, now)
        elif kind in ("ticket.closed", "ticket.merged") and not self.halted:
            self.halt(set(), now)
        elif kind == "ticket.reopened" and self.halted:
            self.reopen(now)
        elif kind == "due.set":
            self.set_due(data["clock"], data["due"], now)
        elif kind == "ticket.resumed" and not self.halted:
            self.waiting = None
            self.settle_waiting(now)
        elif kind == "ticket.waiting" and not self.halted:
            self.waiting = data["for"]
            self.settle_waiting(now)
        elif kind == "promise.made" and not self.halted:
            clock = self.begin("promise", now)
            clock.due = data["due"]
            clock.target = max(clock.due - now, 0)
        elif kind == "ticket.referred" and not self.halted:
            self.begin_if_none("referral", now)

    def begin(self, name: str, now: int, since: int | None = None) -> SlowClock:
        ordinal = 1 + len(
            [
                clock
                for clock in self.runs
                if clock.name == name
                and (clock.ended is None or clock.halted or clock.promised or clock.dropped)
            ]
        )
        clock = SlowClock(name, ordinal, now if since is None else since)
        self.runs.append(clock)
        self.versions[clock] = self.policy, self.calendar
        clock.promised = name == "promise"
        self.come_under_policy(clock, now)
        return clock

    def begin_if_none(self, name: str, now: int) -> None:
        if not [clock for clock in self.runs if clock.name == name and clock.ended is None]:
            self.begin(name, now)

    def reckon_due(self, clock: SlowClock) -> None:
        clock.target = self.policies[self.versions[clock][0]].targets[clock.name] * SECOND
        clock.due = self.add(clock, clock.start, clock.target)
        for start, stop in clock.pauses:
            if clock.due >= start:
                self.move(clock, start, stop)

    def come_under_policy(self, clock: SlowClock, now: int) -> None:
        if clock.name == "promise" or clock.ended is not None:
            return
        if clock.name not in self.policies[self.policy].targets and not clock.by_hand:
            if clock.promised:
                self.versions[clock.drop(now)] = self.versions[clock]
            return
        clock.promised, clock.dropped = True, None
        self.versions[clock] = self.policy, self.calendar
        clock.used = self.used_by(clock, now if clock.paused_from is None else clock.paused_from)
        if not clock.by_hand:
            self.reckon_due(clock)
        if clock.paused_from is not None:
            if clock.by_hand:
                clock.due = clock.due_when_paused
            else:
                clock.moved_from = clock.paused_from
            clock.due_when_paused = clock.due
            clock.moves = clock.due >= clock.moved_from
            if clock.moves:
                self.move(clock, clock.moved_from, now)
        if clock.by_hand:
            self.reckon_target_by_hand(clock, now)

    def set_due(self, name: str, due: int, now: int) -> None:
        live = [
            clock
            for clock in self.runs
            if clock.name == name and clock.ended is None and clock.promised
        ]
        if live:
            clock = live[-1]
            clock.by_hand = True
            clock.due = clock.due_when_paused = due
            clock.moved_from, clock.moves = now, due >= now
            self.reckon_target_by_hand(clock, now)

    def reckon_target_by_hand(self, clock: SlowClock, now: int) -> None:
        """So that the target is used up at the due time, if nothing pauses it further."""
        due, since = clock.due, now
        if clock.paused_from is not None:
            due, since = clock.due_when_paused, clock.moved_from
        if due >= since:
            clock.target = clock.used + self.count(clock, since, due)
        else:
            clock.target = self.used_by(clock, due)

    def settle_waiting(self, now: int) -> None:
        policy = self.policies[self.policy]
        pauses = (
            self.waiting == "customer"
            or (self.waiting == "supplier" and policy.pause_on_supplier)
            or (self.waiting == "parts" and policy.pause_on_parts)
        )
        for clock in self.runs:
            if clock.name == "resolution" and clock.ended is None:
                if pauses and clock.paused_from is None:
                    clock.paused_from = clock.moved_from = now
                    clock.due_when_paused = clock.due
                    clock.moves = clock.due >= now
                elif not pauses and clock.paused_from is not None:
                    self.resume(clock, now)

    def resume(self, clock: SlowClock, now: int) -> None:
        clock.pauses.append((clock.paused_from, now))
        clock.paused_from = None

    def end(self, names: set[str], how: str, now: int) -> None:
        for clock in self.runs:
            if clock.name in names:
                if clock.ended is None:
                    if clock.paused_from is not None:
                        self.resume(clock, now)
                    clock.ended, clock.how = now, how
                clock.halted = False

    def halt(self, met: set[str], now: int) -> None:
        running = [clock for clock in self.runs if clock.ended is None]
        self.end(met, "met", now)
        self.end({clock.name for clock in running} - met, "cancelled", now)
        for clock in running:
            clock.halted = True
        self.halted, self.waiting = True, None

    def reopen(self, now: int) -> None:
        self.halted = False
        for clock in self.runs:
            if clock.halted and clock.name == "promise":
                clock.halted = False
                if clock.due >= now:
                    clock.used += now - clock.ended
                    clock.ended = None
            elif clock.halted:
                in_time = clock.ended <= clock.due
                if in_time:
                    self.move(clock, clock.ended, now)
                    clock.due = max(clock.due, now)
                clock.pauses.append((clock.ended, now))
                clock.ended, clock.halted = None, False
                if not clock.promised or self.versions[clock] != (self.policy, self.calendar):
                    self.come_under_policy(clock, now)
        if self.written and self.responded:
            self.begin_if_none("next_response", now)
        self.written = False

    # Levels

    def reach_levels(self, clock: SlowClock, now: int, end: int) -> None:
        """Those of the minute, or part of one, from now to end."""
        if clock.phase != "running" or not clock.promised:
            return
        for percent in self.policies[self.versions[clock][0]].levels:
            if percent > clock.highest:
                at = self.level_at(clock, percent, now, end)
                if at >= end:
                    return
                clock.highest = percent
                self.levels.append((at, clock.name, clock.ordinal, percent))

    def level_at(self, clock: SlowClock, percent: int, now: int, end: int) -> int:
        """When in it that share is used up (or now, if it was before); NEVER: not in it."""
        missing = clock.target // SECOND * percent // 100 * SECOND - clock.used
        share = NEVER
        if missing <= 0:
            share = now
        elif missing <= end - now and self.is_open(clock, now):
            share = now + missing
        due = max(clock.due, now)
        if percent == 100:
            return due
        return min(share, due) if percent < 100 else max(share, due)
