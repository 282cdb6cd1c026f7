"""REST of the SLA: policies and calendars, the history of a clock, due times set manually."""

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from service_desk import wall_clock
from service_desk.paging import DEFAULT_LIMIT, Page
from service_desk.rules.tickets.vocabulary import ClockName
from service_desk.sla_settings.edit_checks import (
    check_new_calendar,
    check_new_policy,
    check_retirement,
)
from service_desk.sla_settings.editing import retire_policy, save_calendar, save_policy
from service_desk.sla_settings.listing import (
    page_of_calendar_versions,
    page_of_calendars,
    page_of_moves,
    page_of_policies,
    page_of_policy_versions,
    page_of_rollouts,
)
from service_desk.sla_settings.ordering import check_order_change, move_policy
from service_desk.sla_settings.preview import (
    EditPreview,
    preview_calendar,
    preview_move,
    preview_policy,
    preview_retirement,
)
from service_desk.sla_settings.queries import calendar_versions, policies_in_force, policy_versions
from service_desk.sla_settings.schemas import (
    CalendarInput,
    CalendarVersionView,
    ClockTrails,
    DueInput,
    MoveInput,
    PolicyInput,
    PolicyMoveView,
    PolicyVersionView,
    RetireInput,
    RolloutView,
)
from service_desk.ticket_views.meanwhile import unchanged_since
from service_desk.ticket_views.schemas import TicketView
from service_desk.ticket_views.trails import clock_trails
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.due_times import set_due
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.query_parameters import After, Limit
from service_desk.web.timestamps import require_offset

ReadSla = needs_scope("sla:read")
WriteSla = needs_scope("sla:write")


@get("/sla/policies", operation_id="list_policies", guards=[ReadSla])
async def show_policies(
    limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Page[PolicyVersionView]:
    """The policies in force, in the order in which they are tried; the first match applies."""
    return await page_of_policies(limit, after)


@get("/sla/policies/{name:str}/versions", operation_id="policy_versions", guards=[ReadSla])
async def show_policy_versions(
    name: FromPath[str], limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Page[PolicyVersionView]:
    """All versions of a policy, the newest first."""
    return await page_of_policy_versions(name, limit, after)


@get("/sla/policies/{name:str}/{rest:str}/versions", guards=[ReadSla], include_in_schema=False)
async def show_versions_of_slashed_name(
    name: FromPath[str],
    rest: FromPath[str],
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Page[PolicyVersionView]:
    """One shipped policy has a slash in its name, and servers decode %2F to a slash."""
    return await page_of_policy_versions(f"{name}/{rest}", limit, after)


@post("/sla/policies", operation_id="save_policy", guards=[WriteSla])
async def post_policy(request: StaffRequest, data: JSONBody[PolicyInput]) -> PolicyVersionView:
    """Save a new version of the policy of that name, or a new policy, which is tried first."""
    await save_policy(
        data.policy,
        apply_to_open=data.apply_to_open,
        based_on=data.based_on,
        staff_id=request.user.staff_id,
        now=wall_clock.now(),
    )
    return (await policy_versions(data.policy.name))[0]


@post(
    "/sla/policies/preview",
    operation_id="preview_policy",
    guards=[WriteSla],
    status_code=HTTP_200_OK,
)
async def post_policy_preview(data: JSONBody[PolicyInput]) -> EditPreview:
    """What saving it and applying it to open tickets would change. Nothing is written."""
    await check_new_policy(data.policy, data.based_on)
    return await preview_policy(data.policy, wall_clock.now())


@post(
    "/sla/policies/retire", operation_id="retire_policy", guards=[WriteSla], status_code=HTTP_200_OK
)
async def post_retirement(
    request: StaffRequest, data: JSONBody[RetireInput]
) -> Page[PolicyVersionView]:
    """Stop using a policy for new tickets; answers with those that remain in force."""
    await retire_policy(
        data.name,
        apply_to_open=data.apply_to_open,
        staff_id=request.user.staff_id,
        now=wall_clock.now(),
    )
    return Page(await policies_in_force(), None)


@post(
    "/sla/policies/retire/preview",
    operation_id="preview_retirement",
    guards=[WriteSla],
    status_code=HTTP_200_OK,
)
async def post_retirement_preview(data: JSONBody[RetireInput]) -> EditPreview:
    """What retiring it and applying that to open tickets would change. Nothing is written."""
    await check_retirement(data.name)
    return await preview_retirement(data.name, wall_clock.now())


@post("/sla/policies/move", operation_id="move_policy", guards=[WriteSla], status_code=HTTP_200_OK)
async def post_move(request: StaffRequest, data: JSONBody[MoveInput]) -> Page[PolicyVersionView]:
    """Move a policy one place up or down in the order; answers with the new order."""
    await move_policy(
        data.name,
        data.to,
        apply_to_open=data.apply_to_open,
        swapped_with=data.swapped_with,
        staff_id=request.user.staff_id,
        now=wall_clock.now(),
    )
    return Page(await policies_in_force(), None)


@post(
    "/sla/policies/move/preview",
    operation_id="preview_move",
    guards=[WriteSla],
    status_code=HTTP_200_OK,
)
async def post_move_preview(data: JSONBody[MoveInput]) -> EditPreview:
    """What moving it and applying that to open tickets would change. Nothing is written."""
    return await preview_move(await check_order_change(data.name, data.to), wall_clock.now())


@get("/sla/policies/moves", operation_id="list_policy_moves", guards=[ReadSla])
async def show_moves(limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[PolicyMoveView]:
    """Who changed the order in which policies are tried, and when; the latest first."""
    return await page_of_moves(limit, after)


@get("/sla/calendars", operation_id="list_calendars", guards=[ReadSla])
async def show_calendars(
    limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Page[CalendarVersionView]:
    """The calendars in force, by name."""
    return await page_of_calendars(limit, after)


@get("/sla/calendars/{name:str}/versions", operation_id="calendar_versions", guards=[ReadSla])
async def show_calendar_versions(
    name: FromPath[str], limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Page[CalendarVersionView]:
    """All versions of a calendar, the newest first."""
    return await page_of_calendar_versions(name, limit, after)


@post("/sla/calendars", operation_id="save_calendar", guards=[WriteSla])
async def post_calendar(
    request: StaffRequest, data: JSONBody[CalendarInput]
) -> CalendarVersionView:
    """Save a new version of the calendar of that name, or a new calendar."""
    await save_calendar(
        data.name,
        data.calendar,
        apply_to_open=data.apply_to_open,
        based_on=data.based_on,
        staff_id=request.user.staff_id,
        now=wall_clock.now(),
    )
    return (await calendar_versions(data.name))[0]


@post(
    "/sla/calendars/preview",
    operation_id="preview_calendar",
    guards=[WriteSla],
    status_code=HTTP_200_OK,
)
async def post_calendar_preview(data: JSONBody[CalendarInput]) -> EditPreview:
    """What saving it and applying it to open tickets would change. Nothing is written."""
    await check_new_calendar(data.name, data.calendar, data.based_on)
    return await preview_calendar(data.name, data.calendar, wall_clock.now())


@get("/sla/rollouts", operation_id="list_rollouts", guards=[ReadSla])
async def show_rollouts(limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[RolloutView]:
    """Rollouts of new terms to open tickets, finished and pending; the newest first."""
    return await page_of_rollouts(limit, after)


@get(
    "/tickets/{number:str}/clocks/{name:str}/history",
    operation_id="clock_history",
    guards=[needs_scope("tickets:read")],
)
async def show_trails(number: FromPath[str], name: FromPath[ClockName]) -> ClockTrails:
    """Every event and interval of the ticket's clocks of that name, with cause and terms."""
    return await clock_trails(number, name, wall_clock.now())


@post(
    "/tickets/{number:str}/due",
    operation_id="set_due",
    guards=[needs_scope("tickets:write")],
    status_code=HTTP_200_OK,
)
async def post_due(
    request: StaffRequest, number: FromPath[str], data: JSONBody[DueInput]
) -> TicketView:
    """Set a due time, with a reason; it survives changes of priority or policy.

    Only a supervisor sets one later than it is; what is overdue is not moved.
    """
    now = wall_clock.now()
    at = require_offset("at", data.at)
    by = request.user.staff_id
    async with unchanged_since(number, data.version, [f"due {data.clock}"], staff_id=by):
        await set_due(number, data.clock, at, data.reason, staff_id=by, now=now)
    return await get_ticket(number, now)


router = Router(
    "/",
    tags=["sla"],
    route_handlers=[
        show_policies, show_policy_versions, show_versions_of_slashed_name, post_policy,
        post_policy_preview, post_retirement, post_retirement_preview, post_move,
        post_move_preview, show_moves, show_calendars, show_calendar_versions, post_calendar,
        post_calendar_preview, show_rollouts, show_trails, post_due,
    ],
)  # fmt: skip
