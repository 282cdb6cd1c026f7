"""The order in which policies are tried: looked at, changed, and remembered (decision 0011)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from service_desk.database import fetch, fetch_as, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rules.policies.rollouts import PolicyMoved
from service_desk.sla_settings.editing import lock_editing, request_rollout
from service_desk.sla_settings.schemas import Direction, PolicyMoveView

MOVES_SHOWN = 20
SELECT_MOVES = (
    "SELECT m.id, m.name, m.swapped_with, CASE WHEN m.up THEN 'up' ELSE 'down' END AS to, m.moved_at, "
    "s.name AS moved_by FROM policy_move m LEFT JOIN staff s ON s.id = m.moved_by"
)


class Move(msgspec.Struct, frozen=True):
    """That policy and the one `swapped_with` which it goes would change places; `order`: then, by name."""

    name: str
    swapped_with: str
    up: bool
    order: tuple[str, ...]

    def subject(self) -> PolicyMoved:
        return PolicyMoved(self.name, self.swapped_with) if self.up else PolicyMoved(self.swapped_with, self.name)


async def move_policy(
    name: str,
    to: Direction,
    *,
    apply_to_open: bool,
    staff_id: int,
    now: datetime,
    swapped_with: str | None = None,
) -> Move:
    """One place up or down. Tickets keep their policy until something it depends on changes, unless
    the new order is to reach open tickets, too.

    `swapped_with`: the policy that it was to change places with; if meanwhile that is another one it raises
    Conflict. Raises NotFound, InvalidInput.
    """
    async with transaction():
        await lock_editing()
        move = await check_order_change(name, to)
        if swapped_with not in (None, move.swapped_with):
            raise Conflict("Meanwhile somebody changed the order. Look at it again.")
        pair = (move.name, move.swapped_with)
        await fetch(
            "UPDATE policy_version p SET position = other.position FROM policy_version other "
            "WHERE p.retired_at IS NULL AND other.retired_at IS NULL "
            "AND (p.name, other.name) IN (($1, $2), ($2, $1))",
            *pair,
        )
        await fetch(
            "INSERT INTO policy_move (name, swapped_with, up, moved_at, moved_by) "
            "VALUES ($1, $2, $3, $4, $5)",
            *pair,
            move.up,
            now,
            staff_id,
        )
        if apply_to_open:
            await request_rollout(move.subject(), staff_id, now)
        return move


async def check_order_change(name: str, to: Direction) -> Move:
    """What moving would do. Raises NotFound, InvalidInput."""
    rows = await fetch("SELECT name FROM policy_version WHERE retired_at IS NULL ORDER BY position")
    order = [row["name"] for row in rows]
    if name not in order:
        raise NotFound("There is no policy {policy} in force.", policy=name)
    place = order.index(name)
    other = place + (-1 if to == "up" else 1)
    if other < 0:
        raise InvalidInput("{policy} is the first to be tried already.", field="to", policy=name)
    if max(place, other) >= len(order) - 1:
        raise InvalidInput(
            "The last policy matches every ticket; one after it would never be chosen.", field="to"
        )
    swapped_with = order[other]
    order[place], order[other] = swapped_with, name
    return Move(name, swapped_with, to == "up", tuple(order))


async def policy_moves(name: str | None = None) -> Sequence[PolicyMoveView]:
    """The latest first: of that policy and those it changed places with, or of all."""
    return await fetch_as(
        PolicyMoveView,
        f"{SELECT_MOVES} WHERE $1::text IS NULL OR $1 IN (m.name, m.swapped_with) "
        f"ORDER BY m.id DESC LIMIT {MOVES_SHOWN}",
        name,
    )
