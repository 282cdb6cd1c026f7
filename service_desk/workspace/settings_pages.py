"""/settings: SLA policies, business calendars, categories and staff."""

from litestar import Response, Router, get
from litestar.params import FromQuery

from service_desk import wall_clock
from service_desk.rules.calendars.known_holidays import adjusted_until
from service_desk.settings import get_settings
from service_desk.sla_settings.calendars.holidays import years_with_holiday_updates
from service_desk.sla_settings.ordering import policy_moves
from service_desk.sla_settings.queries import calendars_in_force, latest_rollouts, policies_in_force
from service_desk.staff.queries import active_staff
from service_desk.triage.categories import category_tree
from service_desk.web.access import StaffRequest, needs_supervisor
from service_desk.web.templates import page


@get("/settings", guards=[needs_supervisor])
async def show_settings(
    request: StaffRequest, saved: FromQuery[str | None] = None
) -> Response[str]:
    """`saved`: the name of the policy or calendar just saved."""
    settings = get_settings()
    calendars, today = await calendars_in_force(), wall_clock.now().date()
    return page(
        request,
        "settings/settings.html",
        saved=saved,
        rollouts=await latest_rollouts(),
        policies=await policies_in_force(),
        moves=await policy_moves(),
        calendars=calendars,
        adjusted_until={entry.name: adjusted_until(entry.calendar) for entry in calendars},
        news={entry.name: years_with_holiday_updates(entry.calendar, today) for entry in calendars},
        categories=await category_tree(),
        staff=await active_staff(),
        timezone=settings.timezone,
        region=settings.region,
        desk_locale=settings.locale,
    )


router = Router("/", route_handlers=[show_settings], include_in_schema=False)
