"""What becomes of the ladder's proposals when the facts behind them change (DESIGN §2.6)."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from msgspec import Struct

from service_desk.rules.supplier_ladder import Proposal, Rung

ActionState = Literal["proposed", "approved", "rejected", "withdrawn", "overturned"]
# What a supervisor may make of an action, and from which state.
DECISIONS: dict[str, tuple[ActionState, ActionState]] = {
    "approve": ("proposed", "approved"),
    "reject": ("proposed", "rejected"),
    "overturn": ("approved", "overturned"),
}


class Action(Struct, frozen=True):
    """A proposal as it was recorded, and what became of it."""

    id: int
    rung: Rung
    category: int | None
    month: date
    state: ActionState
    evidence: tuple[str, ...]
    flagged: bool = False


class Changes(Struct, frozen=True):
    """What to write so that the actions agree with the proposals again.

    `refresh`: proposed ones whose evidence changed, and withdrawn ones that hold again;
    `flag` and `unflag`: approved ones, whose evidence no longer holds, or holds again after all.
    """

    make: tuple[Proposal, ...]
    refresh: tuple[tuple[int, Proposal], ...]
    withdraw: tuple[int, ...]
    flag: tuple[int, ...]
    unflag: tuple[int, ...]


def reconcile(proposals: Iterable[Proposal], actions: Iterable[Action]) -> Changes:
    """A rung is proposed once per supplier, category and month: a rejected one stays rejected."""
    wanted = {(p.rung, p.category, p.month): p for p in proposals}
    recorded = {(a.rung, a.category, a.month): a for a in actions}
    held = [(a, wanted.get(key)) for key, a in recorded.items()]
    return Changes(
        make=tuple(proposal for key, proposal in wanted.items() if key not in recorded),
        refresh=tuple((a.id, p) for a, p in held if p is not None and _needs_refresh(a, p)),
        withdraw=tuple(a.id for a, p in held if p is None and a.state == "proposed"),
        flag=tuple(a.id for a, p in held if p is None and a.state == "approved" and not a.flagged),
        unflag=tuple(
            a.id for a, p in held if p is not None and a.state == "approved" and a.flagged
        ),
    )


def _needs_refresh(action: Action, proposal: Proposal) -> bool:
    if action.state == "proposed":
        return action.evidence != proposal.evidence
    return action.state == "withdrawn"
