"""The revisit page: three columns, today, tomorrow, this week."""

from datetime import date, timedelta
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.errors import DeskError, NotFound
from service_desk.revisits.operations import record_outcome
from service_desk.revisits.queries import (
    end_of_columns,
    revisit_columns,
    sunday_of,
    unplanned_revisits,
)
from service_desk.revisits.schemas import OutcomeInput
from service_desk.settings import get_settings
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.forms import Form, convert_form, read_form
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other


@get("/revisits", guards=[needs_staff])
async def show_revisits(request: StaffRequest) -> Response[str]:
    return await _columns(request)


@post("/revisits/{revisit:int}/outcome", guards=[needs_staff])
async def add_outcome(request: StaffRequest, revisit: FromPath[int]) -> Response[Any]:
    form = await read_form(request)
    try:
        outcome = convert_form(OutcomeInput, form)
        await record_outcome(revisit, outcome, staff_id=request.user.staff_id, now=wall_clock.now())
    except NotFound:
        raise
    except DeskError as error:
        message = error_text(error, locale_of(request))
        return await _columns(request, revisit, form, message, error.status)
    return see_other("/revisits?assignee=me" if form.get("view") == "me" else "/revisits")


async def _columns(
    request: StaffRequest,
    rejected: int | None = None,
    form: Form | None = None,
    error: str = "",
    status: int = 200,
) -> Response[str]:
    mine = "me" in (request.query_params.get("assignee"), (form or {}).get("view"))
    now = wall_clock.now()
    today: date = now.astimezone(get_settings().zone).date()
    return page(
        request,
        "revisits/columns.html",
        status=status,
        columns=await revisit_columns(today, request.user.email if mine else None),
        unplanned=(await unplanned_revisits(now) if request.user.is_at_least("supervisor") else []),
        mine=mine,
        today=today,
        tomorrow=today + timedelta(days=1),
        until=end_of_columns(today),
        sunday=sunday_of(today),
        rejected=rejected,
        form=form or {},
        error=error,
    )


router = Router("/", route_handlers=[show_revisits, add_outcome], include_in_schema=False)
