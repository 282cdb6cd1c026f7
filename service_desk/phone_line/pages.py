"""/calls: who takes calls now, and the latest calls."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import Struct

from service_desk.errors import InvalidInput, NotAllowed
from service_desk.phone_line.operations import set_phone_duty
from service_desk.phone_line.queries import latest_calls, line_members
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.forms import form_fields
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other


class PhoneFormError(Struct, frozen=True):
    """Why the phone typed for that member of staff was not saved."""

    staff: int
    phone: str
    sentence: str


@get("/calls", guards=[needs_staff])
async def show_line(request: StaffRequest) -> Response[str]:
    return await _page(request)


@post("/calls/{staff:int}", guards=[needs_staff])
async def change_line(request: StaffRequest, staff: FromPath[int]) -> Response[Any]:
    """Staff change their own entry, supervisors anybody's."""
    if staff != request.user.staff_id and not request.user.is_at_least("supervisor"):
        raise NotAllowed("You can only change whether you take calls yourself.")
    form = await form_fields(request)
    phone = form.get("phone", [""])[-1][:40]
    takes_calls = form.get("takes_calls", [""])[-1] == "yes"
    try:
        await set_phone_duty(staff, phone, takes_calls=takes_calls)
    except InvalidInput as error:
        return await _page(
            request, PhoneFormError(staff, phone, error_text(error, locale_of(request)))
        )
    return see_other("/calls")


async def _page(request: StaffRequest, error: PhoneFormError | None = None) -> Response[str]:
    return page(
        request,
        "calls/line.html",
        status=400 if error else 200,
        members=await line_members(),
        calls=await latest_calls(),
        error=error,
    )


router = Router("/", route_handlers=[show_line, change_line], include_in_schema=False)
