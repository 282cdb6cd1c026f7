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
from service_desk.long_jobs.operations import UNFINISHED, has_ended_soon
from service_desk.long_jobs.pages import cancel_and_retry
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.forms import convert_input, form_fields
from service_desk.web.templates import progress_page, see_other

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
    me = request.user
    shown = await get_export(export, staff_id=me.staff_id, path=PATH, locale=me.locale)
    return progress_page(
        request, "exports/export.html", export=shown, going_on=shown.state in UNFINISHED
    )


@get(PATH + "/{export:int}/file", guards=[needs_staff])
async def show_file(request: StaffRequest, export: FromPath[int]) -> Stream:
    return await export_file(request, export)


router = Router(
    "/",
    route_handlers=[
        post_export,
        show_export,
        show_file,
        *cancel_and_retry(PATH, "export", needs_staff),
    ],
    include_in_schema=False,
)
