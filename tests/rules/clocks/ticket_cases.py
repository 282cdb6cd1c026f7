"""Random ticket histories under random terms, for property tests of the clocks."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.fold import fold_clocks
from service_desk.rules.policies.policies import Policy
from service_desk.rules.tickets.vocabulary import CLOCKS_WITH_TARGET
from tests.events import event
from tests.rules.clocks.slow_clocks import MINUTE, SECOND, OpenTime, SlowTicket
from tests.rules.minutes import MinuteCalendar, calendars_and_starts

HOUR = 60 * MINUTE
LAST_EVENT = 30 * HOUR
NOW = 33 * HOUR
WINDOW = 14 * 24 * HOUR

# Often all events are on the hour, or every fourth, so that they coincide with due times and
# closing times.
GRAINS = [SECOND, MINUTE, 30 * MINUTE, HOUR, HOUR, 4 * HOUR, 4 * HOUR]
SOME_TIME: Any = ...

History = list[tuple[int, tuple[str, dict[str, Any]]]]


@cache  # strategies are made once: Hypothesis looks long at each new one
def on_the(grain: int, last: int, first: int = 0) -> st.SearchStrategy[int]:
    return st.integers(first, last // grain).map(lambda n: n * grain)


KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "message.received": st.fixed_dictionaries({"message": st.integers(1, 2)}),
    "message.moved": st.fixed_dictionaries({"message": st.integers(1, 2)}),
    "ticket.absorbed": st.sampled_from([{}, {"owed": 0}, {"owed": SOME_TIME}]),
    "message.sent": st.sampled_from(
        [{"automatic": False, "message": n} for n in (11, 12, 13)]
        + [{"automatic": True, "message": 14}, {"automatic": False, "message": 15, "counts": False}]
    ),
    "message.sent_later": st.fixed_dictionaries({"message": st.sampled_from([11, 15])}),
    "message.failed": st.fixed_dictionaries(
        {"message": st.integers(11, 15), "state": st.just("failed")}
    ),
    "message.resent": st.fixed_dictionaries(
        {"message": st.integers(11, 13), "counts": st.sampled_from([True, True, False])}
    ),
    "call.logged": st.sampled_from([{"answered": True}, {"answered": False}]),
    "plan.recorded": st.just({}),
    "promise.made": st.just({"due": SOME_TIME}),
    "ticket.referred": st.just({}),
    "referral.answered": st.just({}),
    "ticket.waiting": st.sampled_from([{"for": x} for x in ("customer", "supplier", "parts")]),
    "ticket.resumed": st.just({}),
    "ticket.resolved": st.sampled_from(
        [{}, {"told": False}, {"told": True, "message": 11}, {"told": True}]
    ),
    "ticket.closed": st.just({}),
    "ticket.merged": st.just({}),
    "ticket.reopened": st.just({}),
    "note.added": st.just({}),
    "due.set": st.fixed_dictionaries(
        {"clock": st.sampled_from([*CLOCKS_WITH_TARGET, "promise"]), "due": st.just(SOME_TIME)}
    ),
    "sla.policy_applied": st.fixed_dictionaries(
        {"policy_version": st.integers(1, 3), "calendar_version": st.sampled_from([None, 1, 2])}
    ),
}
# Events at the instant at which a clock is due, with those before and after.
ON_TIME: list[tuple[list[str], str, list[str]]] = [
    ([], "ticket.waiting", []),
    ([], "ticket.waiting", ["ticket.resumed"]),
    ([], "ticket.resolved", ["ticket.reopened"]),
    (["ticket.closed"], "ticket.reopened", []),
    (["ticket.waiting"], "ticket.resumed", []),
    *[([], kind, []) for kind in ("message.sent", "plan.recorded", "due.set")],
]
# Sequences of related events, which chance alone would rarely draw.
FRAGMENTS = [
    ["ticket.waiting", "ticket.resumed"],
    ["ticket.waiting", "sla.policy_applied", "ticket.resumed"],
    ["ticket.waiting", "due.set", "message.received"],
    ["ticket.resolved", "ticket.reopened"],
    ["ticket.resolved", "message.received", "ticket.reopened"],
    ["ticket.resolved", "sla.policy_applied", "ticket.reopened"],
    ["ticket.waiting", "ticket.resolved", "ticket.reopened", "sla.policy_applied"],
    ["message.sent", "message.received"],
    ["message.sent", "message.received", "message.moved"],
    ["message.received", "ticket.resolved", "message.moved", "ticket.reopened"],
    ["message.sent", "ticket.resolved", "message.received", "message.moved", "ticket.reopened"],
    ["message.sent", "ticket.resolved", "message.received", "message.sent", "ticket.reopened"],
    ["message.sent", "ticket.absorbed"],
    ["message.sent", "message.failed"],
    ["message.sent", "message.sent", "message.failed"],
    ["message.sent", "message.failed", "message.resent", "message.failed"],
    ["message.sent", "message.failed", "message.resent", "message.sent_later", "message.failed"],
    ["message.sent", "message.received", "message.sent_later", "message.failed"],
    ["ticket.resolved", "message.failed", "ticket.closed", "ticket.reopened"],
    ["message.received", "message.sent", "message.moved", "message.failed"],
    ["call.logged", "plan.recorded"],
    ["ticket.referred", "ticket.referred", "referral.answered"],
    ["promise.made", "ticket.closed", "ticket.reopened"],
    ["due.set", "sla.policy_applied"],
    ["sla.policy_applied", "sla.policy_applied"],
    ["ticket.waiting", "ticket.resumed", "sla.policy_applied", "sla.policy_applied"],
    *[[kind] for kind in KINDS],
]


SOME_FRAGMENTS = st.lists(st.sampled_from(FRAGMENTS), min_size=2, max_size=8)


@cache
def instants_of(grain: int, count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(on_the(grain, LAST_EVENT), min_size=count, max_size=count).map(sorted)


@cache
@st.composite
def histories(draw: st.DrawFn, grain: int) -> History:
    kinds = [kind for fragment in draw(SOME_FRAGMENTS) for kind in fragment]
    at = draw(instants_of(grain, len(kinds)))
    return [
        (instant, draw(happening(kind, grain))) for instant, kind in zip(at, kinds, strict=True)
    ]


@cache
@st.composite
def happening(draw: st.DrawFn, kind: str, grain: int) -> tuple[str, dict[str, Any]]:
    instants = on_the(grain, LAST_EVENT)
    data = draw(KINDS[kind])
    return kind, {k: draw(instants) if v is SOME_TIME else v for k, v in data.items()}


class Case:
    """A ticket's history: in microseconds since a base for the oracle, and as events."""

    def __init__(
        self,
        base: datetime,
        calendar_version: int | None,
        calendars: list[Calendar],
        policies: list[Policy],
        history: History,
    ) -> None:
        self.base = base
        self.history = history
        self.now, self.last = NOW, WINDOW
        self.slack = 0  # microseconds of tolerance
        self.calendars = dict(enumerate(calendars, 1))
        self.policies = dict(enumerate(policies, 1))
        first = {"policy_version": 1, "calendar_version": calendar_version}
        begun: History = [(0, ("ticket.opened", {})), (0, ("sla.policy_applied", first))]
        self.happened = [(instant, kind, data) for instant, (kind, data) in [*begun, *history]]
        self.events = [
            event(kind, self.at(instant), self.dated(data)) for instant, kind, data in self.happened
        ]

    def at(self, instant: int) -> datetime:
        return self.base + timedelta(microseconds=instant)

    def since(self, at: datetime) -> int:
        return (at - self.base) // timedelta(microseconds=1)

    def dated(self, data: dict[str, Any]) -> dict[str, Any]:
        if "owed" in data:
            return data | {"unanswered_since": self.at(data["owed"]).isoformat()}
        if "due" not in data:
            return data
        return data | {"due_at": self.at(data["due"]).isoformat()}

    def live(self) -> SlowTicket:
        versions = {data.get("calendar_version") for _, _, data in self.happened} | {None}
        open_time = {version: self.openness(version) for version in versions}
        ticket = SlowTicket(self.happened, self.policies, open_time)
        ticket.live(self.now)
        return ticket

    def openness(self, version: int | None) -> OpenTime:
        if version is None:
            return OpenTime(lambda instant: True, self.last)
        oracle = MinuteCalendar(self.calendars[version])
        return OpenTime(lambda instant: oracle.is_open(self.at(instant)), self.last)


@cache
def targets(grain: int) -> st.SearchStrategy[int]:
    return on_the(grain, 12 * HOUR, 1).map(lambda n: n // SECOND)


MOSTLY = st.sampled_from([True, True, True, False])
LEVELS = st.sampled_from([Policy("", {}).levels, (100,), (1, 100, 1000), (25, 70, 100, 101)])
CALENDARS = calendars_and_starts()
SOME_GRAIN = st.sampled_from(GRAINS)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    calendar, base = draw(CALENDARS)
    other, _ = draw(CALENDARS)
    grain = draw(SOME_GRAIN)
    if grain >= HOUR:
        base = base.replace(minute=0)
    policies = [
        Policy(
            name="any",
            targets={name: draw(targets(grain)) for name in CLOCKS_WITH_TARGET if draw(MOSTLY)},
            levels=draw(LEVELS),
            pause_on_supplier=draw(st.booleans()),
            pause_on_parts=draw(st.booleans()),
        )
        for _ in range(3)
    ]
    terms = draw(st.sampled_from([None, 1])), [calendar, other], policies
    case = Case(base, *terms, draw(histories(grain)))
    if draw(st.booleans()):
        case = Case(base, *terms, draw(with_something_on_time(case, grain)))
    return case


@st.composite
def with_something_on_time(draw: st.DrawFn, case: Case, grain: int) -> History:
    folded = fold_clocks(case.events, case.policies, case.calendars)
    lives = [(case.since(clock.started_at), case.since(clock.due_at)) for clock in folded]
    within = [(start, due) for start, due in lives if start < due <= LAST_EVENT]
    if not within:
        return case.history
    start, due = draw(st.sampled_from(within[::-1]))
    before, kind, after = draw(st.sampled_from(ON_TIME))
    extra = [(start + draw(on_the(grain, due - start)), kind) for kind in before]
    extra.append((due, kind))
    extra += [(due + draw(on_the(grain, LAST_EVENT)), kind) for kind in after]
    more = [(min(at, LAST_EVENT), draw(happening(kind, grain))) for at, kind in extra]
    return sorted([*case.history, *more], key=lambda happened: happened[0])
