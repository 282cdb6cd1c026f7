"""/settings/imports: the imports, the progress of each, its rejected rows, cancel and retry."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery

from service_desk import wall_clock
from service_desk.imports.operations import UNFINISHED, cancel_import, retry_import
from service_desk.imports.queries import get_import, list_imports
from service_desk.paging import DEFAULT_LIMIT
from service_desk.web.access import StaffRequest, needs_supervisor
from service_desk.web.query_parameters import After
from service_desk.web.templates import page, progress_page, see_other

PATH = "/settings/imports"
REJECTIONS_SHOWN = 100


@get(PATH, guards=[needs_supervisor])
async def show_imports(request: StaffRequest, after: After = None) -> Response[str]:
    runs = await list_imports(limit=DEFAULT_LIMIT, after=after)
    return page(request, "imports/list.html", runs=runs, after=after, unfinished=UNFINISHED)


@get(PATH + "/{run:int}", guards=[needs_supervisor])
async def show_import(
    request: StaffRequest, run: FromPath[int], after: FromQuery[int] = 0
) -> Response[str]:
    locale = request.user.locale
    shown = await get_import(run, limit=REJECTIONS_SHOWN, after=after, locale=locale)
    return progress_page(
        request, "imports/import.html", run=shown, going_on=shown.state in UNFINISHED
    )


@post(PATH + "/{run:int}/cancel", guards=[needs_supervisor])
async def post_cancel(request: StaffRequest, run: FromPath[int]) -> Response[Any]:
    await cancel_import(run, staff_id=request.user.staff_id, now=wall_clock.now())
    return see_other(f"{PATH}/{run}")


@post(PATH + "/{run:int}/retry", guards=[needs_supervisor])
async def post_retry(run: FromPath[int]) -> Response[Any]:
    await retry_import(run)
    return see_other(f"{PATH}/{run}")


router = Router(
    "/", route_handlers=[show_imports, show_import, post_cancel, post_retry],
    include_in_schema=False,
)  # fmt: skip
