"""The order in which policies are tried: previewed, changed and recorded (decision 0011)."""

from datetime import datetime

import msgspec

from service_desk.database import fetch, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rows import Condition, insert, list_rows
from service_desk.rules.policies.rollouts import PolicyMoved
from service_desk.sla_settings.editing import lock_editing, request_rollout
from service_desk.sla_settings.queries import policy_order
from service_desk.sla_settings.schemas import MoveDirection, PolicyMoveView
from service_desk.tables import PolicyMove

MOVES_SHOWN = 20

_SWAP_POSITIONS = """
    UPDATE policy_version p SET position = other.position FROM policy_version other
    WHERE p.retired_at IS NULL AND other.retired_at IS NULL
        AND (p.name, other.name) IN (($1, $2), ($2, $1))
"""


class Move(msgspec.Struct, frozen=True):
    """A policy changes places with its neighbour `swapped_with`; `order`: all names afterwards."""

    name: str
    swapped_with: str
    up: bool
    order: tuple[str, ...]

    def subject(self) -> PolicyMoved:
        if self.up:
            return PolicyMoved(self.name, self.swapped_with)
        return PolicyMoved(self.swapped_with, self.name)


class StoredMove(msgspec.Struct, frozen=True):
    """A row of policy_move; `moved_by`: the name of a member of staff."""

    id: int
    name: str
    swapped_with: str
    up: bool
    moved_at: datetime
    moved_by: str | None


async def move_policy(
    name: str,
    to: MoveDirection,
    *,
    apply_to_open: bool,
    staff_id: int,
    now: datetime,
    swapped_with: str | None = None,
) -> Move:
    """Move a policy one place up or down. Open tickets keep their policy until something that it
    depends on changes, unless the new order is applied to them (`apply_to_open`).

    `swapped_with`: the expected neighbour; raises Conflict if it is another one by now. Raises
    NotFound, InvalidInput.
    """
    async with transaction():
        await lock_editing()
        move = await check_order_change(name, to)
        if swapped_with not in (None, move.swapped_with):
            raise Conflict(
                "Someone else has changed the order in the meantime. Review it and try again."
            )
        await fetch(_SWAP_POSITIONS, move.name, move.swapped_with)
        await insert(
            PolicyMove,
            name=move.name,
            swapped_with=move.swapped_with,
            up=move.up,
            moved_at=now,
            moved_by=staff_id,
        )
        if apply_to_open:
            await request_rollout(move.subject(), staff_id, now)
        return move


async def check_order_change(name: str, to: MoveDirection) -> Move:
    """The move that this would be. Raises NotFound, InvalidInput."""
    order = [place.name for place in await policy_order()]
    if name not in order:
        raise NotFound("There is no policy {policy} in force.", policy=name)
    place = order.index(name)
    other = place + (-1 if to == "up" else 1)
    if other < 0:
        raise InvalidInput("{policy} is already tried first.", field="to", policy=name)
    if max(place, other) >= len(order) - 1:
        raise InvalidInput(
            "The last policy matches every ticket; one after it would never be chosen.", field="to"
        )
    swapped_with = order[other]
    order[place], order[other] = swapped_with, name
    return Move(name, swapped_with, to == "up", tuple(order))


async def policy_moves(name: str | None = None) -> list[PolicyMoveView]:
    """The latest first: all moves, or those that moved this policy or its neighbour past it."""
    involved = (PolicyMove.name == name) | (PolicyMove.swapped_with == name)
    return await move_views(*([] if name is None else [involved]), limit=MOVES_SHOWN)


async def move_views(*conditions: Condition, limit: int) -> list[PolicyMoveView]:
    """The latest first."""
    rows = await list_rows(
        StoredMove,
        PolicyMove,
        *conditions,
        columns={"moved_by": PolicyMove.moved_by.name},
        order_by=PolicyMove.id,
        descending=True,
        limit=limit,
    )
    return [
        PolicyMoveView(
            id=row.id,
            name=row.name,
            swapped_with=row.swapped_with,
            to="up" if row.up else "down",
            moved_at=row.moved_at,
            moved_by=row.moved_by,
        )
        for row in rows
    ]
