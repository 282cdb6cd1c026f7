"""/settings/staff: everyone who works or worked here, their roles and access."""

from typing import Any

from litestar import Response, Router, get, post

from service_desk import wall_clock
from service_desk.edits.operations import saving
from service_desk.errors import DeskError, InvalidInput
from service_desk.principal import ROLES
from service_desk.rules.edits import split_shown
from service_desk.staff.accounts import activate, change_role, deactivate, role_of
from service_desk.staff.queries import all_staff
from service_desk.web.access import StaffRequest, needs_admin
from service_desk.web.forms import Form, read_form
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
                await _change_role(email, form, request.user.staff_id)
            case _:
                raise InvalidInput("Choose an action.", field="intent")
    except DeskError as error:
        return await _page(request, error)
    return see_other("/settings/staff")


async def _change_role(email: str, form: Form, staff_id: int) -> None:
    account = next((each for each in await all_staff() if each.email == email), None)
    if account is None:
        await change_role(email, form.get("role", ""))
        return

    async def present() -> dict[str, str]:
        return {"role": await role_of(account.id)}

    shown, sent = split_shown({"role": "", **form})
    async with saving(
        "staff", account.id, shown, sent, present, staff_id=staff_id, now=wall_clock.now()
    ) as save:
        await change_role(email, save.merged["role"])


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
