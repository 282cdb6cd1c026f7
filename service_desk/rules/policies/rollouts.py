"""New terms for open tickets: whom an edit affects, and what they are promised then (DESIGN §2).

A rollout applies exactly one edit, its subject, that was saved "for open tickets too". Everything
else a ticket keeps as promised, even if newer versions were saved for new tickets only
(docs/decisions/0060-scope-of-a-rollout.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from service_desk.rules.policies.policies import Policy, PolicyFacts, matches
from service_desk.rules.tickets.events import PolicyApplied


class PolicySaved(msgspec.Struct, frozen=True, tag="policy"):
    """`version`: as shown to people; `id`: of its row; `calendar_version`: the id of the policy's
    calendar as then in force."""

    name: str
    version: int
    id: int
    calendar_version: int | None


class PolicyRetired(msgspec.Struct, frozen=True, tag="retirement"):
    """`id`: of the policy's last version."""

    name: str
    id: int


class PolicyMoved(msgspec.Struct, frozen=True, tag="order"):
    """The policy `name` is now tried before its neighbour `swapped_with`, no longer after it."""

    name: str
    swapped_with: str


class CalendarSaved(msgspec.Struct, frozen=True, tag="calendar"):
    """`version`, `id`: as of PolicySaved."""

    name: str
    version: int
    id: int


RolloutSubject = PolicySaved | PolicyRetired | PolicyMoved | CalendarSaved


class Rollout(msgspec.Struct, frozen=True):
    requested_at: datetime
    subject: RolloutSubject


class OrderedPolicy(msgspec.Struct, frozen=True):
    """A policy's newest version, in the order in which policies are tried. A retired one keeps its
    place for the tickets that still have it."""

    policy: str
    version: int
    in_force: bool


class PolicyBook(msgspec.Struct, frozen=True):
    """`order`: every policy, retired ones included; `policies`: versions by id; `calendars`: ids of
    the versions in force, by name."""

    order: Sequence[OrderedPolicy]
    policies: Mapping[int, Policy]
    calendars: Mapping[str, int]


class PromisedTerms(msgspec.Struct, frozen=True):
    """`current`: the terms in force. `by_policy`: the terms the ticket has or last had under each
    policy, with the rollouts since."""

    current: PolicyApplied
    by_policy: Mapping[str, PolicyApplied]


def terms_after_rollout(
    subject: RolloutSubject,
    promised: PromisedTerms,
    facts: PolicyFacts,
    book: PolicyBook,
    *,
    opened_since: bool = False,
) -> PolicyApplied:
    """What a ticket is promised after the rollout of `subject`: its current terms if that does not
    affect it.

    `opened_since`: the ticket was opened after the edit, which its policy was chosen with.
    """
    current = promised.current
    match subject:
        case CalendarSaved():
            return renew_terms(current, subject, book.policies)
        case PolicySaved():
            if current.policy == subject.name:
                if current.policy_version >= subject.id or _allows(book, subject.id, facts):
                    return renew_terms(current, subject, book.policies)
                return _next_matching_terms(promised, facts, book)
            if (
                not opened_since
                and _first_matching_policy(promised, facts, book, subject) == subject.name
            ):
                earlier = promised.by_policy.get(subject.name)
                new = PolicyApplied(subject.name, subject.id, subject.calendar_version)
                return renew_terms(earlier, subject, book.policies) if earlier else new
        case PolicyRetired():
            if current.policy == subject.name and current.policy_version <= subject.id:
                return _next_matching_terms(promised, facts, book)
        case PolicyMoved():
            if (
                current.policy == subject.swapped_with
                and _first_matching_policy(promised, facts, book) == subject.name
            ):
                return _terms_under(subject.name, promised, book)
    return current


def promised_terms(
    applied: Sequence[tuple[datetime, PolicyApplied]],
    rollouts: Iterable[Rollout],
    policies: Mapping[int, Policy],
) -> PromisedTerms:
    """`applied`: the terms a ticket was given and when, in order, at least one."""
    since = {terms.policy: at for at, terms in applied}
    by_policy = {terms.policy: terms for _, terms in applied}
    for rollout in rollouts:
        for name, terms in by_policy.items():
            if rollout.requested_at >= since[name]:
                by_policy[name] = renew_terms(terms, rollout.subject, policies)
    return PromisedTerms(applied[-1][1], by_policy)


def renew_terms(
    terms: PolicyApplied, subject: RolloutSubject, policies: Mapping[int, Policy]
) -> PolicyApplied:
    """The terms with the rolled-out version, if newer, of their policy or calendar. If a policy's
    new version names the same calendar, the promised calendar version stays."""
    calendar = policies[terms.policy_version].calendar
    match subject:
        case PolicySaved() if terms.policy == subject.name and terms.policy_version < subject.id:
            same = policies[subject.id].calendar == calendar
            return PolicyApplied(
                subject.name,
                subject.id,
                terms.calendar_version if same else subject.calendar_version,
            )
        case CalendarSaved() if calendar == subject.name and _older(terms, subject.id):
            return msgspec.structs.replace(terms, calendar_version=subject.id)
        case _:
            return terms


def _older(terms: PolicyApplied, calendar_version: int) -> bool:
    return terms.calendar_version is not None and terms.calendar_version < calendar_version


def _next_matching_terms(
    promised: PromisedTerms, facts: PolicyFacts, book: PolicyBook
) -> PolicyApplied:
    """Terms under the first policy in force that matches, other than the current one."""
    current = promised.current.policy
    for place in book.order:
        if place.in_force and place.policy != current and _allows(book, place.version, facts):
            return _terms_under(place.policy, promised, book)
    return promised.current


def _first_matching_policy(
    promised: PromisedTerms,
    facts: PolicyFacts,
    book: PolicyBook,
    subject: PolicySaved | None = None,
) -> str | None:
    """The ticket's own policy is matched in its promised version, the subject in the saved one."""
    versions = {promised.current.policy: promised.current.policy_version}
    if subject is not None:
        versions[subject.name] = subject.id
    for place in book.order:
        version = versions.get(place.policy, place.version if place.in_force else None)
        if version is not None and _allows(book, version, facts):
            return place.policy
    return None


def _terms_under(name: str, promised: PromisedTerms, book: PolicyBook) -> PolicyApplied:
    """Those the ticket had under that policy, else those for new tickets."""
    if name in promised.by_policy:
        return promised.by_policy[name]
    version = next(place.version for place in book.order if place.policy == name)
    return PolicyApplied(name, version, book.calendars.get(book.policies[version].calendar))


def _allows(book: PolicyBook, version: int, facts: PolicyFacts) -> bool:
    return matches(book.policies[version].match, facts)
