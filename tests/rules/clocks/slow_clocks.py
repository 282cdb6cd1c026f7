"""An oracle for a ticket's clocks that steps through every minute. For tests only.

Times are microseconds since a base, a whole minute. Working time is looked up minute by minute; a
minute with an event is split there. A pause moves the due time by one working minute for each that
passes. Shares nothing with the code under test but its input Structs.
"""

from collections.abc import Sequence
from typing import Any

from service_desk.rules.policies.policies import Policy
from tests.rules.clocks.slow_clock import MINUTE, NEVER, SECOND, OpenTime, SlowClock, SlowTime

__all__ = ["MINUTE", "NEVER", "SECOND", "OpenTime", "SlowClock", "SlowTicket"]


ANSWERED = {"response", "next_response", "promise"}

Happened = tuple[int, str, dict[str, Any]]
"""Instant, type of the event, its data; there the instants are `due` and `owed`."""


class SlowAnswer:
    def __init__(self, at: int, message: int | None, unanswered: list[int], written: bool) -> None:
        self.at, self.message = at, message
        self.unanswered, self.written = unanswered, written
        self.met: list[SlowClock] = []
        self.settled: list[SlowClock] = []


class SlowTicket(SlowTime):
    def __init__(
        self,
        events: Sequence[Happened],
        policies: dict[int, Policy],
        open_time: dict[int | None, OpenTime],
    ) -> None:
        super().__init__(open_time)
        self.events = events
        self.policies = policies
        self.runs: list[SlowClock] = []
        self.levels: list[tuple[int, str, int, int]] = []  # instant, clock, ordinal, percent
        first = next(data for _, kind, data in events if kind == "sla.policy_applied")
        self.policy: int = first["policy_version"]
        self.calendar: int | None = first["calendar_version"]
        self.ended = self.over = self.written = False
        self.answers: list[SlowAnswer] = []
        self.failed: set[int] = set()
        self.waiting: str | None = None
        self.unanswered: list[int] = []

    def live(self, until: int) -> None:
        now = 0
        for at, kind, data in self.events:
            self.pass_all(now, at)
            self.apply(kind, data, at)
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

    def apply(self, kind: str, data: dict[str, Any], now: int) -> None:  # noqa: C901 — plain on purpose
        if kind == "ticket.opened":
            for name in ("response", "handling", "resolution"):
                self.begin(name, now)
        elif kind == "sla.policy_applied":
            new = data["policy_version"], data["calendar_version"]
            if new != (self.policy, self.calendar):
                self.policy, self.calendar = new
                for clock in self.runs:
                    self.apply_policy(clock, now)
                self.pause_or_resume(now)
        elif kind == "message.received":
            if self.waiting == "customer":
                self.waiting = None
                self.pause_or_resume(now)
            self.unanswered.append(data["message"])
            if self.ended:
                self.written = True
            elif self.answers:
                self.begin_unless_running("next_response", now)
        elif kind == "call.logged" and data["answered"]:
            self.answer(None, now)
        elif kind == "message.sent" and not data["automatic"] and data.get("counts", True):
            self.answer(data["message"], now)
        elif kind == "message.resent" and data["message"] in self.failed:
            if data.get("counts", True):
                self.failed.remove(data["message"])
                self.answer(data["message"], now)
        elif kind == "message.sent_later":
            self.failed.discard(data["message"])
            self.answer(data["message"], now)
        elif kind == "message.failed":
            self.fail(data["message"], now)
        elif kind == "message.moved":
            for answer in self.answers:
                answer.unanswered = without_first(answer.unanswered, data["message"])
            if data["message"] in self.unanswered:
                self.unanswered.remove(data["message"])
                if not self.unanswered:
                    self.written = False
                    self.end({"next_response"}, "cancelled", now)
        elif kind == "ticket.absorbed" and "owed" in data and not self.ended:
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
        elif kind == "ticket.resolved" and not self.ended and "told" not in data:
            self.end_all({"handling", "resolution"}, now)
            self.over = True
        elif kind == "ticket.resolved" and not self.ended:
            if data["told"]:
                self.answer(data.get("message"), now)
            self.end_all({"resolution"}, now, {"referral"})
        elif kind in ("ticket.closed", "ticket.merged") and not self.over:
            self.end_all(set(), now)
            self.over = True
        elif kind == "ticket.reopened" and self.ended:
            self.reopen(now)
        elif kind == "due.set":
            self.set_due(data["clock"], data["due"], now)
        elif kind == "ticket.resumed" and not self.ended:
            self.waiting = None
            self.pause_or_resume(now)
        elif kind == "ticket.waiting" and not self.ended:
            self.waiting = data["for"]
            self.pause_or_resume(now)
        elif kind == "promise.made" and not self.ended:
            clock = self.begin("promise", now)
            clock.due = data["due"]
            clock.target = max(clock.due - now, 0)
        elif kind == "ticket.referred" and not self.ended:
            self.begin_unless_running("referral", now)

    def begin(self, name: str, now: int, since: int | None = None) -> SlowClock:
        ordinal = 1 + len(
            [
                clock
                for clock in self.runs
                if clock.name == name
                and (
                    clock.ended is None
                    or clock.ended_with_ticket
                    or clock.promised
                    or clock.dropped
                )
            ]
        )
        clock = SlowClock(name, ordinal, now if since is None else since)
        self.runs.append(clock)
        self.versions[clock] = self.policy, self.calendar
        clock.promised = name == "promise"
        self.apply_policy(clock, now)
        return clock

    def begin_unless_running(self, name: str, now: int) -> None:
        if not [clock for clock in self.runs if clock.name == name and clock.ended is None]:
            self.begin(name, now)

    def compute_due(self, clock: SlowClock) -> None:
        clock.target = self.policies[self.versions[clock][0]].targets[clock.name] * SECOND
        clock.due = self.add(clock, clock.start, clock.target)
        for start, stop in clock.pauses:
            if clock.due >= start:
                self.move(clock, start, stop)

    def apply_policy(self, clock: SlowClock, now: int) -> None:
        if clock.name == "promise" or clock.ended is not None:
            return
        if clock.name not in self.policies[self.policy].targets and not clock.set_manually:
            if clock.promised:
                self.versions[clock.drop(now)] = self.versions[clock]
            return
        clock.promised, clock.dropped = True, None
        changed = self.versions[clock] != (self.policy, self.calendar)
        self.versions[clock] = self.policy, self.calendar
        clock.used = self.used_by(clock, now if clock.paused_from is None else clock.paused_from)
        if not clock.set_manually:
            self.compute_due(clock)
        if clock.paused_from is not None:
            if clock.set_manually:
                clock.due = clock.due_when_paused
            else:
                clock.moved_from = clock.paused_from
            clock.due_when_paused = clock.due
            clock.moves = clock.due >= clock.moved_from
            if clock.moves:
                self.move(clock, clock.moved_from, now)
        if clock.set_manually:
            self.compute_manual_target(clock, now)
        if changed:
            self.keep_levels(clock, now)

    def keep_levels(self, clock: SlowClock, now: int) -> None:
        """Of those reached, the ones that are used up under the present terms."""
        due = clock.due <= now
        if clock.paused_from is not None:
            due = clock.due_when_paused <= clock.moved_from
        levels = [*self.policies[self.versions[clock][0]].levels, clock.highest]
        kept = [0]
        for percent in levels:
            used = clock.used // SECOND * SECOND >= clock.target // SECOND * percent // 100 * SECOND
            up = due if percent == 100 else (due or used) if percent < 100 else (due and used)
            if percent <= clock.highest and up:
                kept.append(percent)
        clock.highest = max(kept)

    def set_due(self, name: str, due: int, now: int) -> None:
        live = [
            clock
            for clock in self.runs
            if clock.name == name and clock.ended is None and clock.promised
        ]
        if live:
            clock = live[-1]
            clock.set_manually = True
            clock.due = clock.due_when_paused = due
            clock.moved_from, clock.moves = now, due >= now
            before = clock.target // SECOND
            self.compute_manual_target(clock, now)
            if clock.target // SECOND != before:
                self.keep_levels(clock, now)

    def compute_manual_target(self, clock: SlowClock, now: int) -> None:
        """Such that the target is used up at the due time if no other pause follows."""
        due, since = clock.due, now
        if clock.paused_from is not None:
            due, since = clock.due_when_paused, clock.moved_from
        if due >= since:
            clock.target = clock.used + self.count(clock, since, due)
        else:
            clock.target = self.used_by(clock, due)

    def pause_or_resume(self, now: int) -> None:
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
        assert clock.paused_from is not None
        clock.pauses.append((clock.paused_from, now))
        clock.paused_from = None

    def end(self, names: set[str], how: str, now: int) -> None:
        for clock in self.runs:
            if clock.name in names:
                if clock.ended is None:
                    if clock.paused_from is not None:
                        self.resume(clock, now)
                    clock.ended, clock.how = now, how
                clock.ended_with_ticket = False

    def answer(self, message: int | None, now: int) -> None:
        answer = SlowAnswer(now, message, self.unanswered, self.written)
        for clock in self.runs:
            if clock.name in ANSWERED and clock.ended is None:
                answer.met.append(clock)
            elif clock.name in ANSWERED and clock.ended_with_ticket:
                answer.settled.append(clock)
        self.answers.append(answer)
        self.written, self.unanswered = False, []
        self.end(ANSWERED, "met", now)

    def fail(self, message: int, now: int) -> None:
        places = [i for i, one in enumerate(self.answers) if one.message == message]
        if not places:
            return
        self.failed.add(message)
        failed = self.answers.pop(places[0])
        if places[0] < len(self.answers):
            self.met_by_later(failed, self.answers[places[0]])
            return
        self.unanswered = failed.unanswered + self.unanswered
        for clock in failed.settled:
            clock.ended_with_ticket = self.ended
        for clock in failed.met:
            assert clock.ended is not None
            clock.used += self.count(clock, clock.ended, now)
            clock.ended = None
            if self.versions[clock] != (self.policy, self.calendar):
                self.apply_policy(clock, now)
            if self.over:
                clock.ended, clock.how, clock.ended_with_ticket = now, "cancelled", True
        if self.ended:
            self.written = self.written or failed.written
        elif failed.written and self.answers:
            self.begin_unless_running("next_response", now)

    def met_by_later(self, failed: SlowAnswer, later: SlowAnswer) -> None:
        before = len(self.levels)
        for clock in failed.met:
            ended, clock.ended = clock.ended, None
            assert ended is not None
            for start, end in self.minutes(ended, later.at):
                self.reach_levels(clock, start, end)
                self.pass_time(clock, start, end)
            clock.ended = later.at
        self.levels[before:] = sorted(self.levels[before:])
        later.met += failed.met
        later.settled += failed.settled
        later.unanswered = failed.unanswered + later.unanswered
        later.written = later.written or failed.written

    def end_all(self, met: set[str], now: int, cancelled: set[str] | None = None) -> None:
        running = [
            clock
            for clock in self.runs
            if clock.ended is None
            and (cancelled is None or clock.name in met or clock.name in cancelled)
        ]
        self.end(met, "met", now)
        self.end({clock.name for clock in running} - met, "cancelled", now)
        for clock in running:
            clock.ended_with_ticket = True
        self.ended, self.waiting = True, None

    def reopen(self, now: int) -> None:
        self.ended = self.over = False
        for clock in self.runs:
            if clock.ended is None:
                continue
            if clock.ended_with_ticket and clock.name == "promise":
                clock.ended_with_ticket = False
                if clock.due >= now:
                    clock.used += now - clock.ended
                    clock.ended = None
            elif clock.ended_with_ticket:
                in_time = clock.ended <= clock.due
                if in_time:
                    self.move(clock, clock.ended, now)
                    clock.due = max(clock.due, now)
                clock.pauses.append((clock.ended, now))
                clock.ended, clock.ended_with_ticket = None, False
                if not clock.promised or self.versions[clock] != (self.policy, self.calendar):
                    self.apply_policy(clock, now)
        if self.written and self.answers:
            self.begin_unless_running("next_response", now)
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
        """When that share is used up within `now` and `end`; `now` if it was before, else NEVER."""
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


def without_first(messages: list[int], moved: int) -> list[int]:
    place = messages.index(moved) if moved in messages else len(messages)
    return messages[:place] + messages[place + 1 :]
