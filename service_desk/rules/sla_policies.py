"""SLA policies: which promise a ticket gets (DESIGN §2.3)."""

from collections.abc import Sequence

import msgspec

CLOCK_NAMES = ("response", "handling", "resolution", "next_response", "promise", "referral")
ALWAYS = "always"
"""The calendar name that means around the clock."""

MINUTE = 60
HOUR = 60 * MINUTE


class Facts(msgspec.Struct, frozen=True):
    """What of a ticket decides its policy."""

    kind: str
    channel: str
    severity: str
    tier: str | None = None
    supplier: str | None = None


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which tickets a policy is for. An empty tuple matches anything."""

    kinds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of an SLA policy, as stored (JSON) and as given to `sla replay`.

    `targets`: working seconds by clock name; a clock without a target does not run. `calendar`:
    name of a business calendar. `recipients`: roles (or "in_app") by level.
    """

    name: str
    targets: dict[str, int]
    match: Match = Match()
    calendar: str = ALWAYS
    pause_on_supplier: bool = False
    pause_on_parts: bool = False
    levels: tuple[int, ...] = (50, 80, 100, 150)
    recipients: dict[int, tuple[str, ...]] = {
        50: ("in_app",),
        80: ("assignee",),
        100: ("assignee", "supervisor"),
        150: ("assignee", "supervisor", "admin"),
    }


class PolicyError(ValueError):
    """A policy that cannot be used. Says why."""


def check_policy(policy: Policy) -> None:
    """Raises PolicyError if the policy cannot be used; call it before storing one."""
    raise NotImplementedError


def choose_policy(policies: Sequence[Policy], facts: Facts) -> int | None:
    """Index of the first policy that matches, top-down; None if none does."""
    raise NotImplementedError


SHIPPED_POLICIES: tuple[Policy, ...] = ()
