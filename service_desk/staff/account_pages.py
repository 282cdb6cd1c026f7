"""/settings/staff: everyone who works or worked here, their roles and access."""

from typing import Any

from litestar import Response, Router, get, post

from service_desk import wall_clock
from service_desk.errors import DeskError, InvalidInput
from service_desk.principal import ROLES
from service_desk.staff.accounts import activate, change_role, deactivate
from service_desk.staff.queries import all_staff
from service_desk.web.access import StaffRequest, needs_admin
from service_desk.web.forms import read_form
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other


@get("/settings/staff", guards=[needs_admin])
async def show_staff(request: StaffRequest) -> Response[str]:
    return await _page(request)


@post("/settings/staff", guards=[needs_admin])
async def change_staff(request: StaffRequest) -> Response[Any]:
    form = await read_form(request)
    email = form.get("email", "")
    try:
        match form.get("intent"):
            case "deactivate":
                await deactivate(email, now=wall_clock.now())
            case "activate":
                await activate(email)
            case "role":
                await change_role(email, form.get("role", ""))
            case _:
                raise InvalidInput("Choose an action.", field="intent")
    except DeskError as error:
        return await _page(request, error)
    return see_other("/settings/staff")


async def _page(request: StaffRequest, error: DeskError | None = None) -> Response[str]:
    return page(
        request,
        "settings/staff.html",
        status=200 if error is None else error.status,
        accounts=await all_staff(),
        roles=ROLES,
        error="" if error is None else error_text(error, locale_of(request)),
    )


router = Router("/", route_handlers=[show_staff, change_staff], include_in_schema=False)
