"""What the ladder decides by: the offences of suppliers, and what became of earlier rungs."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from service_desk.database import fetch
from service_desk.rules.suppliers.actions import DECIDED, Action, doubts_of
from service_desk.rules.suppliers.ladder import (
    Fund,
    Issued,
    LadderPolicy,
    Offence,
    Proposal,
    SupplierFacts,
    propose,
)
from service_desk.settings import get_settings

LADDER = LadderPolicy()
SUPPLIER_FACTS = "SELECT id, created_at, contract_started_on, removed_at FROM supplier"


class Standing(Struct, frozen=True):
    """A supplier's recorded actions beside what the ladder proposes now; `doubts`: approved ones
    that no longer hold, with the tickets to blame."""

    supplier: int
    removed: bool
    actions: list[Action]
    proposals: tuple[Proposal, ...]
    doubts: dict[int, tuple[str, ...]]


async def standings(suppliers: Sequence[Any], now: datetime) -> list[Standing]:
    """`suppliers`: rows of SUPPLIER_FACTS, locked if the answer is to be acted on."""
    offences = await _offences(suppliers, now)
    actions = await _actions(suppliers)
    return [_stand(row, offences[row["id"]], actions[row["id"]], now) for row in suppliers]


def _stand(row: Any, offences: list[Offence], actions: list[Action], now: datetime) -> Standing:
    zone = get_settings().zone
    facts = SupplierFacts(
        offences=tuple(offences),
        known_since=row["created_at"].astimezone(zone).date(),
        issued=tuple(
            Issued(action.rung, action.category, action.month)
            for action in actions
            if action.state == "approved"
        ),
        contract_started_on=row["contract_started_on"],
        funds=tuple(
            Fund(action.month, action.evidence)
            for action in actions
            if action.rung == "complaint_fund" and action.state in DECIDED
        ),
    )
    return Standing(
        row["id"],
        row["removed_at"] is not None,
        actions,
        propose(facts, today=now.astimezone(zone).date(), tz=zone, policy=LADDER),
        doubts_of(actions, facts, zone),
    )


async def _offences(suppliers: Sequence[Any], now: datetime) -> defaultdict[int, list[Offence]]:
    rows = await fetch(
        "SELECT supplier, number, category, received_at FROM ticket WHERE supplier = ANY($1) "
        "AND kind = ANY($2) AND cause = ANY($3) AND merged_into IS NULL AND received_at <= $4 "
        "ORDER BY received_at, id",
        [row["id"] for row in suppliers],
        LADDER.kinds,
        LADDER.counted_causes,
        now,
    )
    found: defaultdict[int, list[Offence]] = defaultdict(list)
    for row in rows:
        found[row["supplier"]].append(Offence(row["number"], row["category"], row["received_at"]))
    return found


async def _actions(suppliers: Sequence[Any]) -> defaultdict[int, list[Action]]:
    rows = await fetch(
        "SELECT id, supplier, rung, category, month, state, evidence, flagged_at, flagged_for "
        "FROM supplier_action WHERE supplier = ANY($1) AND rung <> 'late_referral'",
        [row["id"] for row in suppliers],
    )
    found: defaultdict[int, list[Action]] = defaultdict(list)
    for row in rows:
        found[row["supplier"]].append(
            Action(
                row["id"],
                row["rung"],
                row["category"],
                row["month"],
                row["state"],
                tuple(row["evidence"]),
                flagged=row["flagged_at"] is not None,
                flagged_for=tuple(row["flagged_for"]),
            )
        )
    return found
