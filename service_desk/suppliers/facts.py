"""What the ladder decides by: the offences of suppliers, and what became of earlier rungs."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from service_desk.database import fetch
from service_desk.rules.supplier_actions import Action
from service_desk.rules.supplier_ladder import (
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
    """A supplier's recorded actions beside what the ladder proposes now."""

    supplier: int
    removed: bool
    actions: list[Action]
    proposals: tuple[Proposal, ...]


async def standings(suppliers: Sequence[Any], now: datetime) -> list[Standing]:
    """`suppliers`: rows of SUPPLIER_FACTS, locked if the answer is to be acted on."""
    offences = await _offences(suppliers, now)
    actions = await _actions(suppliers)
    return [
        Standing(
            row["id"],
            row["removed_at"] is not None,
            actions[row["id"]],
            _propose(row, offences[row["id"]], actions[row["id"]], now),
        )
        for row in suppliers
    ]


def _propose(
    row: Any, offences: list[Offence], actions: list[Action], now: datetime
) -> tuple[Proposal, ...]:
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
    )
    return propose(facts, today=now.astimezone(zone).date(), tz=zone, policy=LADDER)


async def _offences(suppliers: Sequence[Any], now: datetime) -> defaultdict[int, list[Offence]]:
    rows = await fetch(
        "SELECT supplier, number, category, received_at FROM ticket WHERE supplier = ANY($1) "
        "AND kind = ANY($2) AND cause = ANY($3) AND merged_into IS NULL AND received_at <= $4",
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
        "SELECT id, supplier, rung, category, month, state, evidence, flagged_at "
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
            )
        )
    return found
