"""/exports: a small file comes at once; a large one has a page with its progress."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Stream

from service_desk import wall_clock
from service_desk.exports.api import export_file
from service_desk.exports.operations import start_export
from service_desk.exports.queries import get_export
from service_desk.exports.schemas import ExportRequest
from service_desk.long_jobs.operations import UNFINISHED, cancel_job, has_ended_soon, retry_job
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.forms import convert_input, form_fields
from service_desk.web.templates import page, see_other

PATH = "/exports"


@post(PATH, guards=[needs_staff])
async def post_export(request: StaffRequest) -> Response[Any]:
    form = {name: values[-1] for name, values in (await form_fields(request)).items()}
    given = {
        "what": form.get("what"),
        "format": form.get("format"),
        "filter": {"month": form.get("month", "")},
    }
    me = request.user
    export = await start_export(
        convert_input(given, ExportRequest),
        locale=me.locale,
        staff_id=me.staff_id,
        now=wall_clock.now(),
    )
    if await has_ended_soon(export):
        shown = await get_export(export, staff_id=me.staff_id, path=PATH)
        if shown.file is not None:
            return see_other(shown.file)
    return see_other(f"{PATH}/{export}")


@get(PATH + "/{export:int}", guards=[needs_staff])
async def show_export(request: StaffRequest, export: FromPath[int]) -> Response[str]:
    """Until it has ended, its page polls this and replaces only the progress. Then the whole page
    is loaded again."""
    me = request.user
    shown = await get_export(export, staff_id=me.staff_id, path=PATH, locale=me.locale)
    answer = page(request, "exports/export.html", export=shown, unfinished=UNFINISHED)
    if shown.state not in UNFINISHED and "HX-Request" in request.headers:
        answer.headers["HX-Refresh"] = "true"
    return answer


@get(PATH + "/{export:int}/file", guards=[needs_staff])
async def show_file(request: StaffRequest, export: FromPath[int]) -> Stream:
    return await export_file(request, export)


@post(PATH + "/{export:int}/cancel", guards=[needs_staff])
async def post_cancel(request: StaffRequest, export: FromPath[int]) -> Response[Any]:
    await cancel_job(export, "export", staff_id=request.user.staff_id, now=wall_clock.now())
    return see_other(f"{PATH}/{export}")


@post(PATH + "/{export:int}/retry", guards=[needs_staff])
async def post_retry(request: StaffRequest, export: FromPath[int]) -> Response[Any]:
    await retry_job(export, "export", staff_id=request.user.staff_id)
    return see_other(f"{PATH}/{export}")


router = Router(
    "/",
    route_handlers=[post_export, show_export, show_file, post_cancel, post_retry],
    include_in_schema=False,
)
