"""The penalty ladder that suppliers with repeated offences climb (DESIGN §2.6).

Proposals are a pure function of the facts as they are now: changed facts give other proposals.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from typing import Literal, get_args

from msgspec import Struct

Rung = Literal["verbal_warning", "ultimatum", "removal", "complaint_fund", "late_referral", "award"]
RUNGS: tuple[Rung, ...] = get_args(Rung)
# Never the supplier's fault, whatever a policy says.
NEVER_COUNT = frozenset({"customer_misuse", "force_majeure", "unfounded"})


class LadderPolicy(Struct, frozen=True):
    """An offence is a ticket of one of these `kinds` with one of these `causes`.

    `…_above`: a rung is due at more offences than that. Money is in minor units of the desk's
    currency.
    """

    kinds: tuple[str, ...] = ("complaint",)
    causes: tuple[str, ...] = ("supplier_quality",)
    warning_above: int = 2
    ultimatum_above: int = 3
    fund_above: int = 25
    fund_amount: int = 100_000
    late_referral_fine: int = 2_000

    @property
    def counted_causes(self) -> tuple[str, ...]:
        return tuple(cause for cause in self.causes if cause not in NEVER_COUNT)


class Offence(Struct, frozen=True):
    """A complaint that counts. `category` None: not categorised yet."""

    ticket: str
    category: int | None
    at: datetime


class IssuedRung(Struct, frozen=True):
    """A rung that was approved and not overturned."""

    rung: Rung
    category: int | None
    month: date


class ComplaintFund(Struct, frozen=True):
    """A complaint fund that was decided on. `month`: as of its RungProposal."""

    month: date
    evidence: tuple[str, ...]


class SupplierFacts(Struct, frozen=True):
    """One supplier. `first_seen_on`: when we recorded it, in place of an unknown contract date."""

    offences: tuple[Offence, ...]
    first_seen_on: date
    issued: tuple[IssuedRung, ...] = ()
    contract_started_on: date | None = None
    funds: tuple[ComplaintFund, ...] = ()

    @property
    def with_us_since(self) -> date:
        return self.contract_started_on or self.first_seen_on


class ProposalReason(Struct, frozen=True, omit_defaults=True):
    """Why a rung is proposed: `count` offences, with the limit `above`, and the money."""

    count: int
    above: int = 0
    ultimatum_month: date | None = None
    forfeits_deposit: bool = False
    amount: int = 0
    fine: int = 0


class RungProposal(Struct, frozen=True):
    """One rung for a supervisor to decide on.

    `month`: the first day of the month of the offences; for the complaint fund of the month in
    which the contract started, for the award December of its year. `evidence`: ticket numbers.
    """

    rung: Rung
    category: int | None
    month: date
    evidence: tuple[str, ...]
    because: ProposalReason


def propose(
    facts: SupplierFacts, *, today: date, tz: tzinfo, policy: LadderPolicy
) -> tuple[RungProposal, ...]:
    """Every rung due for the supplier, by month and category, lowest first.

    `tz`: the desk's time zone, in which months are counted; `today`: the date there.
    """
    offences = sorted(facts.offences, key=lambda offence: (offence.at, offence.ticket))
    ultimatums = {(i.category, i.month) for i in facts.issued if i.rung == "ultimatum"}
    return (
        *_category_rungs(offences, ultimatums, tz, policy),
        *_complaint_fund(offences, facts, tz, policy),
        *_awards(offences, facts, today, tz),
    )


def propose_late_referral(
    ticket: str,
    *,
    category: int | None,
    due_at: datetime,
    compensation: int,
    tz: tzinfo,
    policy: LadderPolicy,
) -> RungProposal:
    """For a supplier that missed a referral's deadline: it pays the `compensation` and a fine."""
    because = ProposalReason(count=1, amount=compensation, fine=policy.late_referral_fine)
    return RungProposal("late_referral", category, month_of(due_at, tz), (ticket,), because)


def month_of(at: datetime, tz: tzinfo) -> date:
    """The first day of the month of `at`."""
    return at.astimezone(tz).date().replace(day=1)


def month_before(month: date) -> date:
    """The first day of the month before; `month`: a first day too."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def _category_rungs(
    offences: list[Offence],
    ultimatums: set[tuple[int | None, date]],
    tz: tzinfo,
    policy: LadderPolicy,
) -> Iterable[RungProposal]:
    for (month, category), tickets in sorted(_by_month_and_category(offences, tz).items()):
        count = len(tickets)
        if count > policy.warning_above:
            because = ProposalReason(count, policy.warning_above)
            yield RungProposal("verbal_warning", category, month, tickets, because)
        if count > policy.ultimatum_above:
            because = ProposalReason(count, policy.ultimatum_above)
            yield RungProposal("ultimatum", category, month, tickets, because)
        if count > policy.warning_above and (category, month_before(month)) in ultimatums:
            because = ProposalReason(
                count,
                policy.warning_above,
                ultimatum_month=month_before(month),
                forfeits_deposit=True,
            )
            yield RungProposal("removal", category, month, tickets, because)


def _by_month_and_category(
    offences: list[Offence], tz: tzinfo
) -> dict[tuple[date, int], tuple[str, ...]]:
    """Offences without a category are left out: nobody can say that the same offence recurred."""
    tickets: dict[tuple[date, int], list[str]] = defaultdict(list)
    for offence in offences:
        if offence.category is not None:
            tickets[month_of(offence.at, tz), offence.category].append(offence.ticket)
    return {key: tuple(numbers) for key, numbers in tickets.items()}


def _complaint_fund(
    offences: list[Offence], facts: SupplierFacts, tz: tzinfo, policy: LadderPolicy
) -> Iterable[RungProposal]:
    """Once per contract; without a known contract, once ever.

    Evidence of another contract's fund does not count again, so that correcting the contract's
    date does not charge the same offences twice.
    """
    start = facts.contract_started_on
    month = facts.with_us_since.replace(day=1)
    spent = {ticket for fund in facts.funds if fund.month != month for ticket in fund.evidence}
    counted = tuple(
        offence.ticket
        for offence in offences
        if offence.ticket not in spent
        and (start is None or offence.at.astimezone(tz).date() >= start)
    )
    if len(counted) > policy.fund_above:
        because = ProposalReason(len(counted), policy.fund_above, amount=policy.fund_amount)
        yield RungProposal("complaint_fund", None, month, counted, because)


def _awards(
    offences: list[Offence], facts: SupplierFacts, today: date, tz: tzinfo
) -> Iterable[RungProposal]:
    """One for every full past calendar year with us that had no offence."""
    since = facts.with_us_since
    first = since.year if since == date(since.year, 1, 1) else since.year + 1
    spoiled = {offence.at.astimezone(tz).year for offence in offences}
    for year in range(first, today.year):
        if year not in spoiled:
            yield RungProposal("award", None, date(year, 12, 1), (), ProposalReason(count=0))
