"""A ticket's clocks the slow way: live through every minute of it. For tests only.

Times are whole minutes since a base. Working time is looked up minute by minute; a pause moves a
due time by one working minute for each working minute that passes in it. Nothing is shared with the
code under test but the Structs it is given.
"""

from collections.abc import Sequence

from service_desk.rules.sla_clocks import Event
from service_desk.rules.sla_policies import Policy

NEVER = 10**9
Openness = Sequence[bool]


class SlowClock:
    def __init__(self, name: str, ordinal: int, start: int) -> None:
        self.name = name
        self.ordinal = ordinal
        self.start = start
        self.target = 0
        self.due = NEVER
        self.used = 0
        self.pauses: list[tuple[int, int]] = []
        self.paused_from: int | None = None
        self.moved_from = 0  # the minute from which the present pause moves the due time
        self.moves = False
        self.due_when_paused = NEVER
        self.ended: int | None = None
        self.how = ""
        self.halted = False
        self.by_hand = False
        self.highest = 0

    @property
    def phase(self) -> str:
        if self.ended is not None:
            return self.how
        return "running" if self.paused_from is None else "paused"


class SlowTicket:
    def __init__(
        self,
        events: Sequence[tuple[int, Event]],
        policies: dict[int, Policy],
        open_minutes: dict[int | None, Openness],
    ) -> None:
        self.events = events
        self.policies = policies
        self.open_minutes = open_minutes
        self.clocks: list[SlowClock] = []
        self.levels: list[tuple[int, str, int, int]] = []  # second, clock, ordinal, percent
        first = next(event for _, event in events if event.type == "sla.policy_applied")
        self.policy, self.calendar = first.data["policy_version"], first.data["calendar_version"]
        self.versions = {}
        self.responded = self.halted = self.written = False
        self.waiting = None
        self.unanswered: list[int] = []

    def live(self, until: int) -> None:
        for now in range(until + 1):
            for minute, event in self.events:
                if minute == now:
                    self.take(event.type, event.data, now)
            if now < until:
                for clock in self.clocks:
                    self.reach_levels(clock, now)
                    self.pass_minute(clock, now)

    def is_open(self, clock: SlowClock, minute: int) -> bool:
        if clock.name == "promise":
            return True
        opened = self.open_minutes[self.versions[clock][1]]
        return minute < len(opened) and opened[minute]

    def pass_minute(self, clock: SlowClock, now: int) -> None:
        if clock.phase == "running":
            clock.used += self.is_open(clock, now)
        elif clock.phase == "paused" and clock.moves:
            self.move(clock, now)

    def move(self, clock: SlowClock, minute: int) -> None:
        if self.is_open(clock, minute):
            clock.due = self.add(clock, clock.due, 1)

    def add(self, clock: SlowClock, start: int, minutes: int) -> int:
        end = 10**9 if clock.name == "promise" else len(self.open_minutes[None])
        while minutes:
            if start >= end:
                return NEVER
            minutes -= self.is_open(clock, start)
            start += 1
        return start

    def count(self, clock: SlowClock, start: int, end: int) -> int:
        return sum(self.is_open(clock, minute) for minute in range(start, end))

    def used_by(self, clock: SlowClock, end: int) -> int:
        paused = {minute for start, stop in clock.pauses for minute in range(start, stop)}
        return sum(
            self.is_open(clock, minute)
            for minute in range(clock.start, end)
            if minute not in paused
        )

    # What happens

    def take(self, kind: str, data: dict, now: int) -> None:  # noqa: C901 — plain on purpose
        if kind == "ticket.opened":
            for name in ("response", "handling", "resolution"):
                self.begin(name, now)
        elif kind == "sla.policy_applied":
            new = data["policy_version"], data["calendar_version"]
            if new != (self.policy, self.calendar):
                self.policy, self.calendar = new
                for clock in self.clocks:
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
            self.set_due(data["clock"], data["due_minute"], now)
        elif kind == "ticket.resumed" and not self.halted:
            self.waiting = None
            self.settle_waiting(now)
        elif kind == "ticket.waiting" and not self.halted:
            self.waiting = data["for"]
            self.settle_waiting(now)
        elif kind == "promise.made" and not self.halted:
            clock = self.begin("promise", now)
            clock.due = data["due_minute"]
            clock.target = max(clock.due - now, 0)
        elif kind == "ticket.referred" and not self.halted:
            self.begin_if_none("referral", now)

    def begin(self, name: str, now: int) -> SlowClock:
        ordinal = 1 + len([clock for clock in self.clocks if clock.name == name])
        clock = SlowClock(name, ordinal, now)
        self.clocks.append(clock)
        self.versions[clock] = self.policy, self.calendar
        if name != "promise":
            self.reckon_due(clock)
        return clock

    def begin_if_none(self, name: str, now: int) -> None:
        if not [clock for clock in self.clocks if clock.name == name and clock.ended is None]:
            self.begin(name, now)

    def reckon_due(self, clock: SlowClock) -> None:
        clock.target = self.policies[self.versions[clock][0]].targets[clock.name] // 60
        clock.due = self.add(clock, clock.start, clock.target)
        for start, stop in clock.pauses:
            if clock.due >= start:
                for minute in range(start, stop):
                    self.move(clock, minute)

    def come_under_policy(self, clock: SlowClock, now: int) -> None:
        if clock.name == "promise" or clock.ended is not None:
            return
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
                for minute in range(clock.moved_from, now):
                    self.move(clock, minute)
        if clock.by_hand:
            self.reckon_target_by_hand(clock, now)

    def set_due(self, name: str, due: int, now: int) -> None:
        live = [clock for clock in self.clocks if clock.name == name and clock.ended is None]
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
        for clock in self.clocks:
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
        for clock in self.clocks:
            if clock.name in names:
                if clock.ended is None:
                    if clock.paused_from is not None:
                        self.resume(clock, now)
                    clock.ended, clock.how = now, how
                clock.halted = False

    def halt(self, met: set[str], now: int) -> None:
        running = [clock for clock in self.clocks if clock.ended is None]
        self.end(met, "met", now)
        self.end({clock.name for clock in running} - met, "cancelled", now)
        for clock in running:
            clock.halted = True
        self.halted, self.waiting = True, None

    def reopen(self, now: int) -> None:
        self.halted = False
        for clock in self.clocks:
            if clock.halted and clock.name == "promise":
                clock.halted = False
                if clock.due >= now:
                    clock.used += now - clock.ended
                    clock.ended = None
            elif clock.halted:
                in_time = clock.ended <= clock.due
                if in_time:
                    for minute in range(clock.ended, now):
                        self.move(clock, minute)
                    clock.due = max(clock.due, now)
                clock.pauses.append((clock.ended, now))
                clock.ended, clock.halted = None, False
                if self.versions[clock] != (self.policy, self.calendar):
                    self.come_under_policy(clock, now)
        if self.written and self.responded:
            self.begin_if_none("next_response", now)
        self.written = False

    # Levels, in seconds: a share of a target may fall within a minute

    def reach_levels(self, clock: SlowClock, now: int) -> None:
        if clock.phase != "running":
            return
        for percent in self.policies[self.versions[clock][0]].levels:
            if percent > clock.highest:
                second = self.level_second(clock, percent, now)
                if second >= (now + 1) * 60:
                    return
                clock.highest = percent
                self.levels.append((second, clock.name, clock.ordinal, percent))

    def level_second(self, clock: SlowClock, percent: int, now: int) -> int:
        """The second in this minute in which that share is used up (or was before); or NEVER."""
        missing = clock.target * 60 * percent // 100 - clock.used * 60
        share = NEVER
        if missing <= 0:
            share = now * 60
        elif missing <= 60 and self.is_open(clock, now):
            share = now * 60 + missing
        due = now * 60 if clock.due <= now else NEVER
        if percent == 100:
            return due
        return min(share, due) if percent < 100 else max(share, due)
