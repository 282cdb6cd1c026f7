"""REST's lists of policies, calendars, moves and rollouts, page by page."""

from typing import Any

from service_desk.errors import NotFound
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rows import Condition
from service_desk.sla_settings.ordering import move_views
from service_desk.sla_settings.queries import (
    calendar_views,
    policy_view,
    rollouts_before,
    stored_policies,
)
from service_desk.sla_settings.schemas import (
    CalendarVersionView,
    PolicyMoveView,
    PolicyVersionView,
    RolloutView,
)
from service_desk.tables import CalendarVersion, PolicyMove, PolicyVersion


async def page_of_policies(limit: int, after: str | None) -> Page[PolicyVersionView]:
    """Those in force, in the order in which they are tried. The cursor is a position, so it holds
    even if the last policy of the page is retired before the next request."""
    rows = await stored_policies(
        *_after(PolicyVersion.position, after, int),
        order_by=PolicyVersion.position,
        limit=limit + 1,
        retired_at=None,
    )
    page = make_page(rows, limit, lambda row: row.position)
    return Page([policy_view(row) for row in page.items], page.next)


async def page_of_policy_versions(
    name: str, limit: int, after: str | None
) -> Page[PolicyVersionView]:
    """The newest first. Raises NotFound."""
    rows = await stored_policies(
        *_before(PolicyVersion.version, after),
        order_by=PolicyVersion.version,
        descending=True,
        limit=limit + 1,
        name=name,
    )
    if not rows and not after:
        raise NotFound("There is no policy {policy}.", policy=name)
    return make_page([policy_view(row) for row in rows], limit, lambda entry: entry.version)


async def page_of_calendars(limit: int, after: str | None) -> Page[CalendarVersionView]:
    """Those in force, by name."""
    found = await calendar_views(
        *_after(CalendarVersion.name, after, str),
        order_by=CalendarVersion.name,
        limit=limit + 1,
        retired_at=None,
    )
    return make_page(found, limit, lambda entry: entry.name)


async def page_of_calendar_versions(
    name: str, limit: int, after: str | None
) -> Page[CalendarVersionView]:
    """The newest first. Raises NotFound."""
    found = await calendar_views(
        *_before(CalendarVersion.version, after),
        order_by=CalendarVersion.version,
        descending=True,
        limit=limit + 1,
        name=name,
    )
    if not found and not after:
        raise NotFound("There is no calendar {name}.", name=name)
    return make_page(found, limit, lambda entry: entry.version)


async def page_of_moves(limit: int, after: str | None) -> Page[PolicyMoveView]:
    """The latest first."""
    found = await move_views(*_before(PolicyMove.id, after), limit=limit + 1)
    return make_page(found, limit, lambda move: move.id)


async def page_of_rollouts(limit: int, after: str | None) -> Page[RolloutView]:
    """The newest first."""
    last = decode_cursor(after, int) if after else None
    return make_page(await rollouts_before(last, limit + 1), limit, lambda rollout: rollout.id)


def _after(column: Any, cursor: str | None, shape: type[Any]) -> list[Condition]:
    return [column > decode_cursor(cursor, shape)] if cursor else []


def _before(column: Any, cursor: str | None) -> list[Condition]:
    return [column < decode_cursor(cursor, int)] if cursor else []
