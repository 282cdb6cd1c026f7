"""New terms for open tickets: which of them an edit is about, and what it promises (DESIGN §2).

An edit that was saved "for open tickets too" is rolled out with itself as the subject: a ticket
gets what that edit says, and of everything else it keeps what it was promised, however much was
saved since for new tickets only (docs/decisions/0060-scope-of-a-rollout.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from service_desk.rules.policies.policies import Policy, PolicyFacts, matches


class TicketTerms(msgspec.Struct, frozen=True):
    """What a ticket is promised: ids of versions; no calendar's is around the clock."""

    policy: str
    policy_version: int
    calendar_version: int | None


class PolicySaved(msgspec.Struct, frozen=True, tag="policy"):
    """`version`: as people count; `id`: of that version; `calendar_version`: the one in force then
    of the calendar that the policy names."""

    name: str
    version: int
    id: int
    calendar_version: int | None


class PolicyRetired(msgspec.Struct, frozen=True, tag="retirement"):
    """`id`: of its last version."""

    name: str
    id: int


class PolicyMoved(msgspec.Struct, frozen=True, tag="order"):
    """The policy `name` is tried before its neighbour `past` now, which was tried first until
    then."""

    name: str
    swapped_with: str


class CalendarSaved(msgspec.Struct, frozen=True, tag="calendar"):
    """As PolicySaved."""

    name: str
    version: int
    id: int


Subject = PolicySaved | PolicyRetired | PolicyMoved | CalendarSaved


class Rollout(msgspec.Struct, frozen=True):
    requested_at: datetime
    subject: Subject


class OrderedPolicy(msgspec.Struct, frozen=True):
    """A policy's newest version in the order in which policies are tried. One that is not in force
    keeps its place for the tickets that are under it still."""

    policy: str
    version: int
    in_force: bool


class PolicyBook(msgspec.Struct, frozen=True):
    """`order`: every policy there ever was; `policies`: versions by id; `calendars`: those in
    force, by name."""

    order: Sequence[OrderedPolicy]
    policies: Mapping[int, Policy]
    calendars: Mapping[str, int]


class PromisedTerms(msgspec.Struct, frozen=True):
    """`now`: the terms in force; `under`: by policy, those that the ticket had or has under it,
    with what open tickets were given since."""

    current: TicketTerms
    by_policy: Mapping[str, TicketTerms]


def terms_after_rollout(
    subject: Subject,
    promised: PromisedTerms,
    facts: PolicyFacts,
    book: PolicyBook,
    *,
    opened_since: bool = False,
) -> TicketTerms:
    """What a ticket is promised once this is rolled out to it; the same as before if it is not
    about it.

    `opened_since`: the ticket was opened after the edit, so its policy was chosen knowing of it.
    """
    now = promised.current
    match subject:
        case CalendarSaved():
            return renew_terms(now, subject, book.policies)
        case PolicySaved():
            if now.policy == subject.name:
                if now.policy_version >= subject.id or _allows(book, subject.id, facts):
                    return renew_terms(now, subject, book.policies)
                return _next_matching_terms(promised, facts, book)
            if (
                not opened_since
                and _first_matching_policy(promised, facts, book, subject) == subject.name
            ):
                back = promised.by_policy.get(subject.name)
                new = TicketTerms(subject.name, subject.id, subject.calendar_version)
                return renew_terms(back, subject, book.policies) if back else new
        case PolicyRetired():
            if now.policy == subject.name and now.policy_version <= subject.id:
                return _next_matching_terms(promised, facts, book)
        case PolicyMoved():
            if (
                now.policy == subject.swapped_with
                and _first_matching_policy(promised, facts, book) == subject.name
            ):
                return _terms_under(subject.name, promised, book)
    return now


def promised_terms(
    applied: Sequence[tuple[datetime, TicketTerms]],
    rollouts: Iterable[Rollout],
    policies: Mapping[int, Policy],
) -> PromisedTerms:
    """What a ticket was promised and when, in order and at least once, with the rollouts so far."""
    since = {terms.policy: at for at, terms in applied}
    under = {terms.policy: terms for _, terms in applied}
    for rollout in rollouts:
        for name, terms in under.items():
            if rollout.requested_at >= since[name]:
                under[name] = renew_terms(terms, rollout.subject, policies)
    return PromisedTerms(applied[-1][1], under)


def renew_terms(
    terms: TicketTerms, subject: Subject, policies: Mapping[int, Policy]
) -> TicketTerms:
    """The same policy in the version that was rolled out, if that is a newer one; a calendar that
    it names as before stays in the version that was promised."""
    calendar = policies[terms.policy_version].calendar
    match subject:
        case PolicySaved() if terms.policy == subject.name and terms.policy_version < subject.id:
            same = policies[subject.id].calendar == calendar
            return TicketTerms(
                subject.name,
                subject.id,
                terms.calendar_version if same else subject.calendar_version,
            )
        case CalendarSaved() if calendar == subject.name and _older(terms, subject.id):
            return msgspec.structs.replace(terms, calendar_version=subject.id)
        case _:
            return terms


def _older(terms: TicketTerms, calendar_version: int) -> bool:
    return terms.calendar_version is not None and terms.calendar_version < calendar_version


def _next_matching_terms(
    promised: PromisedTerms, facts: PolicyFacts, book: PolicyBook
) -> TicketTerms:
    """Under another policy in force than the present one, the first that matches."""
    left = promised.current.policy
    for place in book.order:
        if place.in_force and place.policy != left and _allows(book, place.version, facts):
            return _terms_under(place.policy, promised, book)
    return promised.current


def _first_matching_policy(
    promised: PromisedTerms,
    facts: PolicyFacts,
    book: PolicyBook,
    subject: PolicySaved | None = None,
) -> str | None:
    """The first policy that matches: the ticket's own as it was promised, the subject as saved."""
    versions = {promised.current.policy: promised.current.policy_version}
    if subject is not None:
        versions[subject.name] = subject.id
    for place in book.order:
        version = versions.get(place.policy, place.version if place.in_force else None)
        if version is not None and _allows(book, version, facts):
            return place.policy
    return None


def _terms_under(name: str, promised: PromisedTerms, book: PolicyBook) -> TicketTerms:
    """Those the ticket had under it, or those for new tickets."""
    if name in promised.by_policy:
        return promised.by_policy[name]
    version = next(place.version for place in book.order if place.policy == name)
    return TicketTerms(name, version, book.calendars.get(book.policies[version].calendar))


def _allows(book: PolicyBook, version: int, facts: PolicyFacts) -> bool:
    return matches(book.policies[version].match, facts)
