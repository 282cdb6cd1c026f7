"""What goes wrong in the sample data: facts here, the texts in TOML."""

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from service_desk.rules.tickets.vocabulary import Cause, Kind
from service_desk.rules.words.languages import Locale

AIR, HEAT, WATER, KITCHEN, LAUNDRY = "air", "heat", "water", "kitchen", "laundry"
ALL_GOODS = (AIR, HEAT, WATER, KITCHEN, LAUNDRY)


class Issue(Struct, frozen=True):
    """`goods`: the kinds of product that have it. `weight`: how often, relative to the others."""

    key: str
    category: str
    goods: tuple[str, ...]
    cause: Cause
    weight: int = 3
    kind: Kind = "complaint"
    safety: bool = False


class IssueTexts(Struct, frozen=True):
    """`openings`: with `{model}` for the product. `first`: the agent's first reply. `asks`: what
    the customer adds later, `update`: the reply to that."""

    openings: tuple[str, ...]
    first: str
    asks: str
    update: str
    diagnosis: str
    plan: str
    resolution: str


class SampleTexts(Struct, frozen=True, forbid_unknown_fields=True):
    """All texts of one language. `issues`: by their key."""

    thanks: tuple[str, ...]
    relapses: tuple[str, ...]
    notes: tuple[str, ...]
    call_logs: tuple[str, ...]
    revisit_notes: tuple[str, ...]
    confirmations: tuple[str, ...]
    progress: tuple[str, ...]
    supplier_wait: str
    referral: str
    referral_answer: str
    issues: dict[str, IssueTexts]


ISSUES: tuple[Issue, ...] = (
    Issue("noise", "product.noise", (AIR, LAUNDRY), "supplier_quality", 5),
    Issue("not_cooling", "product.heat", (AIR,), "supplier_quality", 5),
    Issue("leak", "product.leak", (AIR, WATER, LAUNDRY), "supplier_quality", 4),
    Issue("no_start", "product.power", ALL_GOODS, "supplier_quality", 4),
    Issue("display", "product.display", (AIR, KITCHEN, LAUNDRY), "supplier_quality", 3),
    Issue("boiler", "product.heat", (HEAT,), "supplier_quality", 4),
    Issue("rust", "product.part", (KITCHEN, LAUNDRY, WATER), "supplier_quality", 2),
    Issue("late_delivery", "delivery.late", ALL_GOODS, "logistics", 4),
    Issue("dented", "delivery.damaged", (KITCHEN, LAUNDRY), "logistics", 3),
    Issue("missing_part", "delivery.wrong", (AIR, WATER, KITCHEN), "logistics", 2),
    Issue("no_show", "installation.late", (AIR, HEAT, WATER), "our_service", 3),
    Issue("bad_fit", "installation.faulty", (AIR, WATER), "our_service", 3),
    Issue("again", "service.again", (AIR, LAUNDRY, HEAT), "supplier_quality", 2, "repair"),
    Issue("spare_part", "service.parts", (HEAT, LAUNDRY), "supplier_quality", 2, "repair"),
    Issue("overcharged", "money.charge", ALL_GOODS, "our_service", 2),
    Issue("misuse", "product.power", (WATER, KITCHEN), "customer_misuse", 2, "repair"),
    Issue("storm", "product.power", (AIR, HEAT), "force_majeure", 1),
    Issue("exchange", "returns.exchange", (KITCHEN, LAUNDRY), "unknown", 2, "exchange_return"),
    Issue("how_to", "enquiry.usage", ALL_GOODS, "unfounded", 3, "enquiry"),
    Issue("invoice", "money.invoice", ALL_GOODS, "our_service", 2, "enquiry"),
    Issue("smoke", "safety.fire", (KITCHEN, HEAT), "supplier_quality", 1, safety=True),
    Issue("shock", "safety.electric", (WATER, LAUNDRY), "supplier_quality", 1, safety=True),
)
BY_KEY = {issue.key: issue for issue in ISSUES}


@cache
def load_sample_texts(locale: Locale) -> SampleTexts:
    path = Path(__file__).parent / f"{locale}.toml"
    return msgspec.toml.decode(path.read_bytes(), type=SampleTexts)
