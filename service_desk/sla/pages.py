"""/settings: what was promised to whom, the business hours, the categories. To read, for now."""

from typing import Any

import msgspec
from litestar import Response, Router, get
from msgspec import Struct

from service_desk.database import fetch
from service_desk.rules.business_time import Calendar
from service_desk.rules.sla_policies import Policy
from service_desk.settings import get_settings
from service_desk.staff.access import StaffRequest, needs_supervisor
from service_desk.staff.queries import active_staff
from service_desk.tickets.choices import category_tree
from service_desk.web.templates import page


class PolicyInForce(Struct, frozen=True):
    name: str
    version: int
    policy: Policy


class CalendarInForce(Struct, frozen=True):
    name: str
    version: int
    calendar: Calendar


@get("/settings", guards=[needs_supervisor])
async def show_settings(request: StaffRequest) -> Response[str]:
    settings = get_settings()
    return page(
        request,
        "settings/settings.html",
        policies=await policies_in_force(),
        calendars=await calendars_in_force(),
        categories=await category_tree(),
        staff=await active_staff(),
        timezone=settings.timezone,
        region=settings.region,
        desk_locale=settings.locale,
    )


async def policies_in_force() -> list[PolicyInForce]:
    """In the order in which they are tried."""
    rows = await fetch(
        "SELECT name, version, body FROM policy_version WHERE retired_at IS NULL ORDER BY position"
    )
    return [PolicyInForce(row["name"], row["version"], _read(row["body"], Policy)) for row in rows]


async def calendars_in_force() -> list[CalendarInForce]:
    rows = await fetch(
        "SELECT name, version, body FROM calendar_version WHERE retired_at IS NULL ORDER BY name"
    )
    return [
        CalendarInForce(row["name"], row["version"], _read(row["body"], Calendar)) for row in rows
    ]


def _read(body: Any, shape: type[Any]) -> Any:
    return msgspec.convert(body, shape, strict=False)


router = Router("/", route_handlers=[show_settings], include_in_schema=False)
