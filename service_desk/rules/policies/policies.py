"""SLA policies: the targets a ticket is promised (DESIGN §2.3)."""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

import msgspec

from service_desk.rules.calendars.quiet_hours import QuietHours, check_quiet_hours
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.rule_error import RuleError
from service_desk.rules.tickets.vocabulary import (
    CLOCKS_WITH_TARGET,
    Channel,
    Kind,
    Severity,
)

ALWAYS = "always"
"""The calendar name that means around the clock."""

Recipient = Literal["in_app", "assignee", "supervisor", "admin"]
"""Who is notified at a level: a role; in_app: the assignee, on screen only."""
RECIPIENTS: tuple[Recipient, ...] = get_args(Recipient)

MINUTE = 60
HOUR = 60 * MINUTE
MAX_TARGET_SECONDS = 366 * 24 * HOUR
MAX_LEVEL_PERCENT = 1000
MAX_LEVELS = 12

SHIPPED_RECIPIENTS: dict[int, tuple[Recipient, ...]] = {
    50: ("in_app",),
    80: ("assignee",),
    100: ("assignee", "supervisor"),
    150: ("assignee", "supervisor", "admin"),
}


class PolicyError(RuleError):
    """A policy that cannot be used."""


class PolicyFacts(msgspec.Struct, frozen=True):
    """The facts of a ticket that its policy is chosen by."""

    kind: Kind
    channel: Channel
    severity: Severity
    tier: Tier | None = None
    supplier: str | None = None


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tickets a policy is for. An empty tuple matches anything."""

    kinds: tuple[Kind, ...] = ()
    channels: tuple[Channel, ...] = ()
    severities: tuple[Severity, ...] = ()
    tiers: tuple[Tier, ...] = ()
    suppliers: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of an SLA policy, as stored (JSON) and as given to `sla replay`.

    `name`: of 1 to 60 characters. `targets`: working seconds by clock name, at most 366 days; a
    clock without a target does not run. `calendar`: name of a business calendar. The resolution
    clock always pauses in waiting_customer, and in the other two waiting states if their switches
    are on.

    `levels`: percentages of the target at which recipients are notified, ascending, from 1 to 1000,
    100 among them. `recipients` by level: every level needs an entry, if only an empty one, so that
    none is forgotten; entries for other percentages are ignored. `quiet_hours`: (from, to) in the
    desk's time zone; notifications wait until they end.
    """

    name: str
    targets: dict[str, int]
    match: Match = Match()
    calendar: str = ALWAYS
    pause_on_supplier: bool = False
    pause_on_parts: bool = False
    levels: tuple[int, ...] = (50, 80, 100, 150)
    recipients: dict[int, tuple[Recipient, ...]] = msgspec.field(
        default_factory=lambda: dict(SHIPPED_RECIPIENTS)
    )
    quiet_hours: QuietHours | None = None


_STANDARD_TARGETS = {
    "response": 2 * HOUR,
    "handling": 4 * HOUR,
    "resolution": 48 * HOUR,
    "next_response": 2 * HOUR,
    "referral": 30 * MINUTE,
}

SHIPPED_POLICIES = (
    Policy(
        name="safety",
        match=Match(severities=("safety",)),
        targets=_STANDARD_TARGETS
        | {"response": 15 * MINUTE, "handling": 1 * HOUR, "resolution": 24 * HOUR},
    ),
    Policy(
        name="counter exchange/return",  # and repair; the name is in addresses of REST
        match=Match(kinds=("exchange_return", "repair"), channels=("counter",)),
        targets=_STANDARD_TARGETS | {"handling": 10 * MINUTE},
    ),
    Policy(name="standard", targets=_STANDARD_TARGETS),
)
"""In the order in which they are tried."""


def choose_policy(policies: Sequence[Policy], facts: PolicyFacts) -> int | None:
    """Index of the first policy that matches; None if none does."""
    for index, policy in enumerate(policies):
        if matches(policy.match, facts):
            return index
    return None


def matches(match: Match, facts: PolicyFacts) -> bool:
    return (
        _allows(match.kinds, facts.kind)
        and _allows(match.channels, facts.channel)
        and _allows(match.severities, facts.severity)
        and _allows(match.tiers, facts.tier)
        and _allows(match.suppliers, facts.supplier)
    )


def _allows(allowed: tuple[str, ...], value: str | None) -> bool:
    return not allowed or value in allowed


def check_policy(policy: Policy) -> None:
    """Raises RuleError naming the faulty field. To be called before a policy is stored."""
    if not 1 <= len(policy.name.strip()) <= 60:
        raise PolicyError("Give the policy a name of 1 to 60 characters.", field="name")
    _check_known("targets", policy.targets, CLOCKS_WITH_TARGET)
    for name, seconds in policy.targets.items():
        if not 1 <= seconds <= MAX_TARGET_SECONDS:
            raise PolicyError(
                "Give a target between 1 second and 366 days.", field=f"targets.{name}"
            )
    _check_levels(policy)
    if policy.quiet_hours is not None:
        check_quiet_hours(policy.quiet_hours)


def _check_levels(policy: Policy) -> None:
    ascending = sorted(set(policy.levels))
    if len(ascending) > MAX_LEVELS:
        raise PolicyError("At most {max} levels.", field="levels", max=MAX_LEVELS)
    if list(policy.levels) != ascending or not all(0 < p <= MAX_LEVEL_PERCENT for p in ascending):
        raise PolicyError(
            "List the percentages in ascending order, from 1 to {max}.",
            field="levels",
            max=MAX_LEVEL_PERCENT,
        )
    if 100 not in policy.levels:
        raise PolicyError("100 must be included: it is the breach.", field="levels")
    for percent in ascending:
        if percent not in policy.recipients:
            raise PolicyError(
                "Name the recipients at {percent} %; an empty list means nobody.",
                field=f"recipients.{percent}",
                percent=percent,
            )


def _check_known(where: str, given: Iterable[object], known: Sequence[object]) -> None:
    unknown = [value for value in given if value not in known]
    if unknown:
        allowed = ", ".join(str(value) for value in known)
        raise PolicyError(
            "'{value}' is not known; allowed: {choices}.",
            field=where,
            value=unknown[0],
            choices=allowed,
        )
