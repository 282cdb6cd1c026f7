"""Whether a unit is in warranty, who pays, and what consumers may claim (DESIGN §2.7).

Computed from the unit's dates, in days of the desk's time zone; nothing is stored.
"""

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from service_desk.rules.customers.revisit_cadence import Interval, add_interval
from service_desk.rules.tickets.vocabulary import Cause

WarrantyState = Literal["in_warranty", "out_of_warranty", "unknown"]
WarrantyBasis = Literal["accepted", "installed", "no_date"]
Remedy = Literal["refund", "exchange", "repair"]
RemedyReason = Literal["within_days", "failed_repairs"]

CHARGED_CAUSES = frozenset({"customer_misuse", "force_majeure"})


class WarrantyPolicy(Struct, frozen=True):
    """`months` from acceptance, which is `trial_days` (48 h) after installation.

    Consumer rules (三包): refund, exchange or repair within `refund_days`; exchange or repair
    within `exchange_days`; exchange after `failed_repairs` of the same fault in warranty.
    """

    months: int = 12
    trial_days: int = 2
    refund_days: int = 7
    exchange_days: int = 15
    failed_repairs: int = 2


STANDARD = WarrantyPolicy()


class Warranty(Struct, frozen=True):
    """`until`: the last day in warranty; `expired_on`: the day after it, if that has come.

    `because`: where `accepted_on` is from. accepted: it was recorded; installed: the installation
    and the trial running; no_date: neither is known, and all dates are null.
    """

    state: WarrantyState
    until: date | None
    expired_on: date | None
    accepted_on: date | None
    months: int
    because: WarrantyBasis


class Advice(Struct, frozen=True):
    """What a consumer may choose, best first. `count`: of days or failed repairs, by `because`."""

    remedies: tuple[Remedy, ...]
    because: RemedyReason
    count: int


def warranty_on(
    day: date,
    installed_on: date | None,
    accepted_on: date | None,
    months: int | None = None,
    policy: WarrantyPolicy = STANDARD,
) -> Warranty:
    """The warranty of a unit on that day. `months`: the unit's own, in place of the policy's.

    The last day is that day of the month on which it began, or the last of a shorter month. The
    trial running before it is covered too.
    """
    months = policy.months if months is None else months
    because: WarrantyBasis = "accepted"
    if accepted_on is None:
        if installed_on is None:
            return Warranty("unknown", None, None, None, months, "no_date")
        accepted_on = installed_on + timedelta(days=policy.trial_days)
        because = "installed"
    until = add_interval(accepted_on, Interval(months=months))
    if day <= until:
        return Warranty("in_warranty", until, None, accepted_on, months, because)
    expired_on = until + timedelta(days=1)
    return Warranty("out_of_warranty", until, expired_on, accepted_on, months, because)


def is_free(warranty: Warranty, cause: Cause) -> bool | None:
    """Whether a repair is free of charge; None while the warranty is unknown.

    Misuse and force majeure are always charged.
    """
    if cause in CHARGED_CAUSES:
        return False
    return None if warranty.state == "unknown" else warranty.state == "in_warranty"


def consumer_advice(
    day: date,
    delivered_on: date | None,
    warranty: Warranty,
    cause: Cause,
    failed_repairs: int,
    policy: WarrantyPolicy = STANDARD,
) -> Advice | None:
    """What the consumer rules grant beyond the warranty for a fault reported on `day`; else None.

    `delivered_on`: counting starts the day after. `failed_repairs`: of the same fault, in warranty.
    """
    if cause in CHARGED_CAUSES or warranty.state != "in_warranty":
        return None
    days = None if delivered_on is None else (day - delivered_on).days
    if days is not None and days <= policy.refund_days:
        return Advice(("refund", "exchange", "repair"), "within_days", policy.refund_days)
    if failed_repairs >= policy.failed_repairs:
        return Advice(("exchange",), "failed_repairs", failed_repairs)
    if days is not None and days <= policy.exchange_days:
        return Advice(("exchange", "repair"), "within_days", policy.exchange_days)
    return None
