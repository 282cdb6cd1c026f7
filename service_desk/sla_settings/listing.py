"""REST's lists of policies, calendars and rollouts, page by page."""

from service_desk.database import fetch_as
from service_desk.errors import NotFound
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.sla_settings.ordering import SELECT_MOVES
from service_desk.sla_settings.queries import read_calendars, read_policies, rollout_views
from service_desk.sla_settings.schemas import (
    CalendarVersionView,
    PolicyMoveView,
    PolicyVersionView,
    RolloutView,
)


async def page_of_policies(limit: int, after: str | None) -> Page[PolicyVersionView]:
    """Those in force in the order in which they are tried. One that was retired since the page
    before still has its place."""
    found = await read_policies(
        "v.retired_at IS NULL AND ($1::text IS NULL OR v.position > (SELECT position "
        "FROM policy_version WHERE name = $1 ORDER BY version DESC LIMIT 1)) "
        f"ORDER BY v.position LIMIT {limit + 1}",
        decode_cursor(after, str) if after else None,
    )
    return make_page(found, limit, lambda entry: entry.name)


async def page_of_policy_versions(
    name: str, limit: int, after: str | None
) -> Page[PolicyVersionView]:
    """The newest first. Raises NotFound."""
    found = await read_policies(_NEWEST_FIRST.format(limit + 1), name, _number(after))
    if not found and not after:
        raise NotFound("There is no policy {policy}.", policy=name)
    return make_page(found, limit, lambda entry: entry.version)


async def page_of_calendars(limit: int, after: str | None) -> Page[CalendarVersionView]:
    """Those in force, by name."""
    found = await read_calendars(
        "v.retired_at IS NULL AND ($1::text IS NULL OR v.name > $1) "
        f"ORDER BY v.name LIMIT {limit + 1}",
        decode_cursor(after, str) if after else None,
    )
    return make_page(found, limit, lambda entry: entry.name)


async def page_of_calendar_versions(
    name: str, limit: int, after: str | None
) -> Page[CalendarVersionView]:
    """The newest first. Raises NotFound."""
    found = await read_calendars(_NEWEST_FIRST.format(limit + 1), name, _number(after))
    if not found and not after:
        raise NotFound("There is no calendar {name}.", name=name)
    return make_page(found, limit, lambda entry: entry.version)


async def page_of_moves(limit: int, after: str | None) -> Page[PolicyMoveView]:
    """The latest first."""
    found = await fetch_as(
        PolicyMoveView,
        f"{SELECT_MOVES} WHERE $1::bigint IS NULL OR m.id < $1 ORDER BY m.id DESC LIMIT {limit + 1}",
        _number(after),
    )
    return make_page(found, limit, lambda move: move.id)


async def page_of_rollouts(limit: int, after: str | None) -> Page[RolloutView]:
    """The newest first."""
    found = await rollout_views(
        "SELECT * FROM sla_rollout WHERE $1::bigint IS NULL OR id < $1 "
        f"ORDER BY id DESC LIMIT {limit + 1}",
        _number(after),
    )
    return make_page(found, limit, lambda rollout: rollout.id)


_NEWEST_FIRST = (
    "v.name = $1 AND ($2::bigint IS NULL OR v.version < $2) ORDER BY v.version DESC LIMIT {}"
)


def _number(after: str | None) -> int | None:
    return decode_cursor(after, int) if after else None
