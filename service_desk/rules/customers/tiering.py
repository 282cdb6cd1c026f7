"""Customer tiers by score (DESIGN §2.5)."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from msgspec import Struct

Tier = Literal["A", "B", "C"]
TIERS: tuple[Tier, ...] = get_args(Tier)


class TierPolicy(Struct, frozen=True):
    """Weights of the three measures, and the shares of the customers in tiers A and B, in percent.

    With the shipped weights spend decides, then open work, then recency.
    """

    spend: int = 100
    open_work: int = 10
    recency: int = 1
    a_percent: int = 20
    b_percent: int = 40


class CustomerFacts(Struct, frozen=True):
    """`spend`: of the last 12 months, in minor units. `reachable`: by phone or e-mail."""

    customer: int
    tier: Tier
    spend: int = 0
    open_work: int = 0
    days_since_contact: int = 0
    pinned: bool = False
    reachable: bool = True


class TierDecision(Struct, frozen=True):
    """`position` of `total` customers by `score`, the first being 1; 0: they cannot be reached."""

    customer: int
    before: Tier
    after: Tier
    score: int
    position: int
    total: int


def decide_tiers(
    customers: Iterable[CustomerFacts], policy: TierPolicy
) -> tuple[TierDecision, ...]:
    """Who changes tier: of those who can be reached the top share is A, the next B, the rest C;
    who cannot be reached is C. Pinned ones stay.

    Pinned customers keep their position in the order. Of equals, the older customer comes first.
    """
    everyone = list(customers)
    reachable = [facts for facts in everyone if facts.reachable]
    scores = _scores(reachable, policy)
    ranked = sorted(reachable, key=lambda facts: (-scores[facts.customer], facts.customer))
    changes = [
        TierDecision(facts.customer, facts.tier, "C", 0, 0, len(ranked))
        for facts in everyone
        if not facts.reachable and facts.tier != "C" and not facts.pinned
    ]
    for position, facts in enumerate(ranked, 1):
        tier = tier_for_rank(position, len(ranked), policy)
        if tier != facts.tier and not facts.pinned:
            score = scores[facts.customer]
            changes.append(
                TierDecision(facts.customer, facts.tier, tier, score, position, len(ranked))
            )
    return tuple(changes)


def tier_for_rank(position: int, total: int, policy: TierPolicy) -> Tier:
    """The tier of the customer at `position`; shares are rounded up to whole customers."""
    if (position - 1) * 100 < total * policy.a_percent:
        return "A"
    if (position - 1) * 100 < total * (policy.a_percent + policy.b_percent):
        return "B"
    return "C"


def _scores(customers: Sequence[CustomerFacts], policy: TierPolicy) -> dict[int, int]:
    """Each measure is the share of customers with a lower value, in thousandths, so that outliers
    weigh no more than any other first place."""
    spends = sorted(facts.spend for facts in customers)
    works = sorted(facts.open_work for facts in customers)
    recencies = sorted(-facts.days_since_contact for facts in customers)

    def share(values: list[int], value: int) -> int:
        return 1000 * bisect_left(values, value) // len(values)

    return {
        facts.customer: policy.spend * share(spends, facts.spend)
        + policy.open_work * share(works, facts.open_work)
        + policy.recency * share(recencies, -facts.days_since_contact)
        for facts in customers
    }
