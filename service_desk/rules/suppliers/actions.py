"""Keeping supplier actions in line with the facts behind them (DESIGN §2.6)."""

from collections.abc import Iterable, Mapping
from datetime import date, tzinfo
from typing import Literal, get_args

from msgspec import Struct

from service_desk.rules.suppliers.ladder import (
    IssuedRung,
    Rung,
    RungProposal,
    SupplierFacts,
    month_before,
    month_of,
)

ActionState = Literal["proposed", "approved", "rejected", "withdrawn", "overturned"]
ACTION_STATES: tuple[ActionState, ...] = get_args(ActionState)
# A supervisor's decisions: the state an action must be in, and the state it gets.
DECISIONS: dict[str, tuple[ActionState, ActionState]] = {
    "approve": ("proposed", "approved"),
    "reject": ("proposed", "rejected"),
    "overturn": ("approved", "overturned"),
}

# States that a person decided.
DECIDED: tuple[ActionState, ...] = ("approved", "rejected", "overturned")


class RecordedAction(Struct, frozen=True):
    """A proposal as it was recorded, with its state."""

    id: int
    rung: Rung
    category: int | None
    month: date
    state: ActionState
    evidence: tuple[str, ...]
    flagged: bool = False
    flagged_tickets: tuple[str, ...] = ()


class ActionChanges(Struct, frozen=True):
    """What to write to bring the actions in line with the proposals.

    `refresh`: proposed actions whose evidence changed, and withdrawn ones that are due again.
    `flag` (with the tickets that no longer support them) and `unflag`: approved actions whose
    evidence no longer holds, or holds again.
    """

    propose: tuple[RungProposal, ...]
    refresh: tuple[tuple[int, RungProposal], ...]
    withdraw: tuple[int, ...]
    flag: tuple[tuple[int, tuple[str, ...]], ...]
    unflag: tuple[int, ...]


def reconcile(
    proposals: Iterable[RungProposal],
    actions: Iterable[RecordedAction],
    unsupported: Mapping[int, tuple[str, ...]],
) -> ActionChanges:
    """A rung is proposed once per supplier, category and month, so a rejected one stays rejected.

    `unsupported`: the result of unsupported_actions().
    """
    wanted = {(p.rung, p.category, p.month): p for p in proposals}
    recorded = {(a.rung, a.category, a.month): a for a in actions}
    held = [(a, wanted.get(key)) for key, a in recorded.items()]
    return ActionChanges(
        propose=tuple(proposal for key, proposal in wanted.items() if key not in recorded),
        refresh=tuple((a.id, p) for a, p in held if p is not None and _needs_refresh(a, p)),
        withdraw=tuple(a.id for a, p in held if p is None and a.state == "proposed"),
        flag=tuple(
            (a.id, unsupported[a.id])
            for a, _ in held
            if a.id in unsupported and (not a.flagged or a.flagged_tickets != unsupported[a.id])
        ),
        unflag=tuple(a.id for a, _ in held if a.flagged and a.id not in unsupported),
    )


def unsupported_actions(
    actions: Iterable[RecordedAction], facts: SupplierFacts, tz: tzinfo
) -> dict[int, tuple[str, ...]]:
    """Approved actions that the facts no longer support, by id, each with the tickets at issue.

    These are evidence that is no offence any more or, for an award, offences of its year. No
    tickets: the ultimatum behind a removal was overturned. An action is judged only by the evidence
    it was approved on, not by other changes, such as the supplier's contract.
    """
    counted = {o.ticket: (o.category, month_of(o.at, tz)) for o in facts.offences}
    found: dict[int, tuple[str, ...]] = {}
    for action in actions:
        if action.state != "approved":
            continue
        if action.rung == "award":
            year = action.month.year
            tickets = tuple(t for t, (_, month) in counted.items() if month.year == year)
        else:
            tickets = tuple(t for t in action.evidence if not _counts(counted.get(t), action))
        if tickets or _lost_its_ultimatum(action, facts):
            found[action.id] = tickets
    return found


def _counts(counted: tuple[int | None, date] | None, action: RecordedAction) -> bool:
    """Actions without a category (complaint fund) accept any offence."""
    return counted is not None and (
        action.category is None or counted == (action.category, action.month)
    )


def _lost_its_ultimatum(action: RecordedAction, facts: SupplierFacts) -> bool:
    before = IssuedRung("ultimatum", action.category, month_before(action.month))
    return action.rung == "removal" and before not in facts.issued


def _needs_refresh(action: RecordedAction, proposal: RungProposal) -> bool:
    if action.state == "proposed":
        return action.evidence != proposal.evidence
    return action.state == "withdrawn"
