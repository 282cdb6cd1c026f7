"""Rollouts in a model of a desk: random edits, rolled out to open tickets or not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.policies.policies import ALWAYS, Match, Policy, PolicyFacts
from service_desk.rules.policies.rollouts import (
    CalendarSaved,
    OrderedPolicy,
    PolicyBook,
    PolicyMoved,
    PolicyRetired,
    PolicySaved,
    Rollout,
    RolloutSubject,
    promised_terms,
    terms_after_rollout,
)
from service_desk.rules.tickets.events import PolicyApplied

START = datetime(2026, 10, 15, tzinfo=UTC)
NAMES = ("a", "b", "c")
LAST = "standard"
FACTS = [
    PolicyFacts(kind=kind, channel="web", severity=severity)
    for kind in ("complaint", "repair")
    for severity in ("high", "normal")
]

matches = st.builds(
    Match,
    kinds=st.sampled_from([(), ("repair",), ("complaint",)]),
    severities=st.sampled_from([(), ("high",), ("normal",)]),
)
calendars = st.sampled_from([ALWAYS, "office", "shop"])
saved = st.tuples(st.just("save"), st.sampled_from(NAMES), matches, calendars)
edits = st.one_of(
    saved,
    saved,
    st.tuples(st.just("save"), st.just(LAST), st.just(Match()), calendars),
    st.tuples(st.just("retire"), st.sampled_from(NAMES)),
    st.tuples(st.just("move"), st.sampled_from(NAMES)),
    st.tuples(st.just("calendar"), st.sampled_from(["office", "shop"])),
)


class Desk:
    """Policy names in order, versions by id, and what open tickets were promised."""

    def __init__(self) -> None:
        self.order = [LAST]
        self.in_force = {LAST}
        self.policies = {1: Policy(LAST, {})}
        self.newest = {LAST: 1}
        self.calendars = {"office": 1, "shop": 2}
        self.ids = 3
        self.rollouts: list[Rollout] = []
        self.now = START
        self.tickets = {facts: [(START, self.for_new(facts))] for facts in FACTS}

    def for_new(self, facts: PolicyFacts) -> PolicyApplied:
        """The terms of a new ticket: the first policy in force that matches, newest versions."""
        for name in self.order:
            policy = self.policies[self.newest[name]]
            if name in self.in_force and _matches(policy.match, facts):
                return PolicyApplied(name, self.newest[name], self.calendars.get(policy.calendar))
        raise AssertionError("the last one matches all")

    def book(self) -> PolicyBook:
        order = [
            OrderedPolicy(name, self.newest[name], name in self.in_force) for name in self.order
        ]
        return PolicyBook(order, self.policies, self.calendars)

    def edit(self, what: str, name: str, *more: Any) -> RolloutSubject | None:
        self.ids += 1
        self.now += timedelta(hours=1)
        match what:
            case "save":
                match, calendar = more
                if name not in self.in_force:
                    self.order = [name, *(other for other in self.order if other != name)]
                self.in_force.add(name)
                self.policies[self.ids] = Policy(name, {}, match, calendar)
                self.newest[name] = self.ids
                return PolicySaved(name, 0, self.ids, self.calendars.get(calendar))
            case "retire" if name in self.in_force:
                self.in_force.remove(name)
                return PolicyRetired(name, self.newest[name])
            case "move":
                tried = [other for other in self.order if other in self.in_force][:-1]
                if name in tried[1:]:
                    past = tried[tried.index(name) - 1]
                    other = {name: past, past: name}
                    self.order = [other.get(one, one) for one in self.order]
                    return PolicyMoved(name, past)
            case "calendar":
                self.calendars[name] = self.ids
                return CalendarSaved(name, 0, self.ids)
            case _:  # what is not in force cannot be retired
                pass
        return None

    def roll_out(self, subject: RolloutSubject) -> None:
        self.rollouts.append(Rollout(self.now, subject))
        for facts, applied in self.tickets.items():
            promised = promised_terms(applied, self.rollouts, self.policies)
            terms = terms_after_rollout(subject, promised, facts, self.book())
            if terms != promised.current:
                applied.append((self.now, terms))

    def terms(self) -> list[PolicyApplied]:
        return [applied[-1][1] for applied in self.tickets.values()]


def _matches(match: Match, facts: PolicyFacts) -> bool:
    return (not match.kinds or facts.kind in match.kinds) and (
        not match.severities or facts.severity in match.severities
    )


@given(st.lists(edits, max_size=12))
def test_if_every_edit_is_rolled_out_open_tickets_have_the_newest_terms(made: list[Any]) -> None:
    desk = Desk()
    for edit in made:
        if (subject := desk.edit(*edit)) is not None:
            desk.roll_out(subject)
            assert desk.terms() == [desk.for_new(facts) for facts in FACTS]


@given(st.lists(st.tuples(edits, st.booleans()), max_size=12))
def test_a_rollout_changes_only_what_its_edit_affects(made: list[Any]) -> None:
    desk = Desk()
    for edit, for_open in made:
        before = desk.terms()
        subject = desk.edit(*edit)
        if subject is None or not for_open:
            assert desk.terms() == before
            continue
        desk.roll_out(subject)
        for facts, was, now in zip(FACTS, before, desk.terms(), strict=True):
            assert now == was or _about(subject, was, now, desk)
            assert _holds(subject, now, facts, desk)


def _about(subject: RolloutSubject, was: PolicyApplied, now: PolicyApplied, desk: Desk) -> bool:
    match subject:
        case CalendarSaved(name=name, id=id_):
            assert now == msgspec.structs.replace(was, calendar_version=id_)
            return desk.policies[was.policy_version].calendar == name
        case PolicyMoved():
            return (was.policy, now.policy) == (subject.swapped_with, subject.name)
        case _:
            return subject.name in (was.policy, now.policy)


def _holds(subject: RolloutSubject, now: PolicyApplied, facts: PolicyFacts, desk: Desk) -> bool:
    match subject:
        case PolicySaved(name=name, id=id_) if now.policy == name:
            return now.policy_version == id_ and _matches(desk.policies[id_].match, facts)
        case PolicyRetired(name=name):
            return now.policy != name
        case _:
            return True


@given(st.lists(st.tuples(edits, st.booleans()), max_size=12), st.integers(1, 3))
def test_a_repeated_rollout_changes_nothing(made: list[Any], times: int) -> None:
    desk = Desk()
    for edit, for_open in made:
        subject = desk.edit(*edit)
        if subject is not None and for_open:
            desk.roll_out(subject)
            after = desk.terms()
            for _ in range(times):
                desk.roll_out(subject)
            assert desk.terms() == after
