"""What the ladder decides by: the offences of suppliers, and what became of earlier rungs."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from service_desk.database import fetch
from service_desk.rules.suppliers.actions import DECIDED, RecordedAction, unsupported_actions
from service_desk.rules.suppliers.ladder import (
    ComplaintFund,
    IssuedRung,
    LadderPolicy,
    Offence,
    RungProposal,
    SupplierFacts,
    propose,
)
from service_desk.settings import get_settings

LADDER_POLICY = LadderPolicy()
SUPPLIER_FACTS = "SELECT id, created_at, contract_started_on, removed_at FROM supplier"


class SupplierStanding(Struct, frozen=True):
    """A supplier's recorded actions beside what the ladder proposes now; `unsupported`: approved ones
    that no longer hold, with the tickets to blame."""

    supplier: int
    removed: bool
    actions: list[RecordedAction]
    proposals: tuple[RungProposal, ...]
    unsupported: dict[int, tuple[str, ...]]


async def supplier_standings(suppliers: Sequence[Any], now: datetime) -> list[SupplierStanding]:
    """`suppliers`: rows of SUPPLIER_FACTS, locked if the answer is to be acted on."""
    offences = await _offences(suppliers, now)
    actions = await _actions(suppliers)
    return [_standing(row, offences[row["id"]], actions[row["id"]], now) for row in suppliers]


def _standing(
    row: Any, offences: list[Offence], actions: list[RecordedAction], now: datetime
) -> SupplierStanding:
    zone = get_settings().zone
    facts = SupplierFacts(
        offences=tuple(offences),
        first_seen_on=row["created_at"].astimezone(zone).date(),
        issued=tuple(
            IssuedRung(action.rung, action.category, action.month)
            for action in actions
            if action.state == "approved"
        ),
        contract_started_on=row["contract_started_on"],
        funds=tuple(
            ComplaintFund(action.month, action.evidence)
            for action in actions
            if action.rung == "complaint_fund" and action.state in DECIDED
        ),
    )
    return SupplierStanding(
        row["id"],
        row["removed_at"] is not None,
        actions,
        propose(facts, today=now.astimezone(zone).date(), tz=zone, policy=LADDER_POLICY),
        unsupported_actions(actions, facts, zone),
    )


async def _offences(suppliers: Sequence[Any], now: datetime) -> defaultdict[int, list[Offence]]:
    rows = await fetch(
        "SELECT supplier, number, category, received_at FROM ticket WHERE supplier = ANY($1) "
        "AND kind = ANY($2) AND cause = ANY($3) AND merged_into IS NULL AND received_at <= $4 "
        "ORDER BY received_at, id",
        [row["id"] for row in suppliers],
        LADDER_POLICY.kinds,
        LADDER_POLICY.counted_causes,
        now,
    )
    found: defaultdict[int, list[Offence]] = defaultdict(list)
    for row in rows:
        found[row["supplier"]].append(Offence(row["number"], row["category"], row["received_at"]))
    return found


async def _actions(suppliers: Sequence[Any]) -> defaultdict[int, list[RecordedAction]]:
    rows = await fetch(
        "SELECT id, supplier, rung, category, month, state, evidence, flagged_at, flagged_tickets "
        "FROM supplier_action WHERE supplier = ANY($1) AND rung <> 'late_referral'",
        [row["id"] for row in suppliers],
    )
    found: defaultdict[int, list[RecordedAction]] = defaultdict(list)
    for row in rows:
        found[row["supplier"]].append(
            RecordedAction(
                row["id"],
                row["rung"],
                row["category"],
                row["month"],
                row["state"],
                tuple(row["evidence"]),
                flagged=row["flagged_at"] is not None,
                flagged_tickets=tuple(row["flagged_tickets"]),
            )
        )
    return found
