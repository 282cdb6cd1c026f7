"""Policy and calendar versions. They never change, so each is read once per process."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from service_desk.database import fetch_as, fetch_one
from service_desk.rows import is_in, list_rows
from service_desk.rules.calendars.business_time import BusinessTime, Calendar, compile_calendar
from service_desk.rules.policies.policies import ALWAYS, Policy, PolicyFacts, choose_policy
from service_desk.rules.policies.rollouts import (
    OrderedPolicy,
    PolicyBook,
    PolicySaved,
    PromisedTerms,
    Rollout,
    promised_terms,
)
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import PolicyApplied
from service_desk.tables import CalendarVersion, PolicyVersion, SlaRollout


class Version(msgspec.Struct, frozen=True):
    """A version of a policy or calendar. `id`: unique among all versions; `version`: numbered
    within the name."""

    id: int
    name: str
    version: int


class Versions(msgspec.Struct):
    """Versions by id, and what they are called."""

    policies: dict[int, Policy] = {}
    calendars: dict[int, Calendar] = {}
    policy_names: dict[int, Version] = {}
    calendar_names: dict[int, Version] = {}

    def calendar_name(self, calendar_version: int | None) -> Version | None:
        return None if calendar_version is None else self.calendar_names[calendar_version]

    def business_time(self, calendar_version: int | None) -> BusinessTime:
        return compile_calendar(
            None if calendar_version is None else self.calendars[calendar_version]
        )


class _StoredVersion(Version, frozen=True):
    body: dict[str, Any]

    @property
    def called(self) -> Version:
        return Version(self.id, self.name, self.version)


class Current(msgspec.Struct, frozen=True):
    """The versions in force: policies in the order in which they are tried, calendars by name."""

    policies: tuple[int, ...]
    calendars: dict[str, int]


_known = Versions()

_NEWEST_POLICIES = """
    SELECT policy, version, in_force FROM (
        SELECT DISTINCT ON (name) name AS policy, id AS version, position,
            retired_at IS NULL AS in_force
        FROM policy_version ORDER BY name, version DESC
    ) newest ORDER BY position
"""

# Columns of the query that reads an operation's facts, to save a round trip.
CURRENT_VERSIONS_SQL = """
    coalesce((SELECT array_agg(id ORDER BY position) FROM policy_version
              WHERE retired_at IS NULL), '{}') AS current_policies,
    coalesce((SELECT jsonb_object_agg(name, id) FROM calendar_version
              WHERE retired_at IS NULL), '{}') AS current_calendars
"""
_CURRENT_VERSIONS = f"SELECT {CURRENT_VERSIONS_SQL}"


async def load_versions(
    policies: Iterable[int] = (), calendars: Iterable[int | None] = ()
) -> Versions:
    """All versions read so far, these among them if they exist."""
    if missing := [id_ for id_ in policies if id_ not in _known.policies]:
        for row in await list_rows(_StoredVersion, PolicyVersion, is_in(PolicyVersion.id, missing)):
            _known.policies[row.id] = msgspec.convert(row.body, Policy, strict=False)
            _known.policy_names[row.id] = row.called
    if absent := [id_ for id_ in calendars if id_ is not None and id_ not in _known.calendars]:
        for row in await list_rows(
            _StoredVersion, CalendarVersion, is_in(CalendarVersion.id, absent)
        ):
            _known.calendars[row.id] = msgspec.convert(row.body, Calendar)
            _known.calendar_names[row.id] = row.called
    return _known


async def load_applied_versions(events: Iterable[Event]) -> Versions:
    """The known versions, with all that these events of a ticket promised."""
    return await load_versions(*applied_version_ids(events))


def applied_version_ids(events: Iterable[Event]) -> tuple[set[int], set[int]]:
    """Of the policies and of the calendars that these events promised."""
    applied = [event.data for event in events if isinstance(event.data, PolicyApplied)]
    return (
        {terms.policy_version for terms in applied},
        {terms.calendar_version for terms in applied if terms.calendar_version is not None},
    )


def read_current(row: Any) -> Current:
    """From a row with the columns of CURRENT_VERSIONS_SQL."""
    return Current(tuple(row["current_policies"]), row["current_calendars"])


async def policy_for(facts: PolicyFacts, current: Current) -> PolicyApplied:
    """The terms that a ticket with these facts is promised."""
    known = await load_versions(current.policies, current.calendars.values())
    in_order: Sequence[Policy] = [known.policies[id_] for id_ in current.policies]
    chosen = choose_policy(in_order, facts)
    if chosen is None:
        raise LookupError(f"no SLA policy matches {facts}: the last one should match anything")
    policy = in_order[chosen]
    calendar = None if policy.calendar == ALWAYS else current.calendars[policy.calendar]
    return PolicyApplied(policy.name, current.policies[chosen], calendar)


async def read_policy_book() -> PolicyBook:
    """All policies in order, retired ones included, and the calendars in force."""
    order = tuple(await fetch_as(OrderedPolicy, _NEWEST_POLICIES))
    current = await _current_versions()
    known = await load_versions((place.version for place in order), current.calendars.values())
    return PolicyBook(order, known.policies, current.calendars)


async def current_calendars() -> dict[str, Calendar]:
    """The calendars in force, by name, each in its newest version."""
    current = await _current_versions()
    known = await load_versions(calendars=current.calendars.values())
    return {name: known.calendars[id_] for name, id_ in current.calendars.items()}


async def _current_versions() -> Current:
    return read_current(await fetch_one(_CURRENT_VERSIONS))


async def all_rollouts() -> list[Rollout]:
    """All rollouts ever requested, in order; there are a few a month."""
    rollouts = await list_rows(Rollout, SlaRollout, order_by=SlaRollout.id)
    await load_versions(r.subject.id for r in rollouts if isinstance(r.subject, PolicySaved))
    return rollouts


async def promised_terms_in(
    events: Iterable[Event], rollouts: Iterable[Rollout]
) -> PromisedTerms | None:
    """The terms that these events promise; None if none, as in imported history."""
    applied = [(event.at, event.data) for event in events if isinstance(event.data, PolicyApplied)]
    known = await load_versions(terms.policy_version for _, terms in applied)
    return promised_terms(applied, rollouts, known.policies) if applied else None


def clear_version_cache() -> None:
    """For tests, which empty the database."""
    for known in (
        _known.policies, _known.calendars, _known.policy_names, _known.calendar_names,
    ):  # fmt: skip
        known.clear()
