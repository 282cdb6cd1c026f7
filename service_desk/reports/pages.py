"""The monthly analysis on screen."""

from collections.abc import Awaitable
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from service_desk import wall_clock
from service_desk.errors import DeskError
from service_desk.paging import decode_cursor, encode_cursor
from service_desk.reports.countermeasures import (
    FormFields,
    cells_of,
    rows_shown,
    save_form,
)
from service_desk.reports.documents.busy_hours import busy_hours
from service_desk.reports.documents.charts import charts_of
from service_desk.reports.documents.figure_tables import DIMENSIONS, TOTALS, figure_tables
from service_desk.reports.documents.tables import Translator
from service_desk.reports.figures.months import Month, month_at, parse_month
from service_desk.reports.figures.queries import clocks_of, list_months, read_report
from service_desk.reports.figures.tickets import TicketCursor, read_ticket_page
from service_desk.reports.operations import (
    sign_analysis,
    start_draft,
    submit_analysis,
)
from service_desk.settings import get_settings
from service_desk.web.access import StaffRequest, needs_staff, needs_supervisor
from service_desk.web.forms import form_fields
from service_desk.web.query_parameters import After
from service_desk.web.templates import error_text, page, see_other

TICKETS_SHOWN = 50
BLANK_ROWS = 3
TILES = ("received", "resolved", "open_at_end", "reopen_rate", "repeat_customers", "rating")


@get("/reports", guards=[needs_staff])
async def show_months(request: StaffRequest) -> Response[str]:
    return page(request, "reports/index.html", months=await list_months(wall_clock.now()))


@get("/reports/{name:str}", guards=[needs_staff])
async def show_month(request: StaffRequest, name: FromPath[str]) -> Response[str]:
    return await _month_page(request, parse_month(name))


@get("/reports/{name:str}/tickets", guards=[needs_staff])
async def show_tickets(
    request: StaffRequest, name: FromPath[str], after: After = None
) -> Response[str]:
    month = parse_month(name)
    figures, _ = await read_report(month, wall_clock.now())
    start, end = month.bounds(get_settings().zone)
    rows, next_cursor = await read_ticket_page(
        start,
        end,
        figures.as_of,
        await clocks_of(month, figures.as_of),
        limit=TICKETS_SHOWN,
        after=decode_cursor(after, TicketCursor) if after else None,
    )
    return page(
        request,
        "reports/tickets.html",
        month=month,
        figures=figures,
        tickets=rows,
        next_cursor=encode_cursor(next_cursor) if next_cursor else None,
    )


@post("/reports/{name:str}/draft", guards=[needs_supervisor])
async def draft_month(request: StaffRequest, name: FromPath[str]) -> Response[Any]:
    month = parse_month(name)
    return await _redirect_or_show_error(request, month, start_draft(month, wall_clock.now()))


@post("/reports/{name:str}/countermeasures", guards=[needs_supervisor])
async def save_month(request: StaffRequest, name: FromPath[str]) -> Response[Any]:
    month, form = parse_month(name), await form_fields(request)
    try:
        await save_form(month, form, staff_id=request.user.staff_id, now=wall_clock.now())
    except DeskError as error:
        return await _month_page(request, month, error, form)
    return _redirect_to_month(month)


@post("/reports/{name:str}/submit", guards=[needs_supervisor])
async def submit_month(request: StaffRequest, name: FromPath[str]) -> Response[Any]:
    month = parse_month(name)
    work = submit_analysis(month, staff_id=request.user.staff_id, now=wall_clock.now())
    return await _redirect_or_show_error(request, month, work)


@post("/reports/{name:str}/sign", guards=[needs_supervisor])
async def sign_month(request: StaffRequest, name: FromPath[str]) -> Response[Any]:
    month = parse_month(name)
    work = sign_analysis(month, staff_id=request.user.staff_id, now=wall_clock.now())
    return await _redirect_or_show_error(request, month, work)


async def _redirect_or_show_error(
    request: StaffRequest, month: Month, work: Awaitable[None]
) -> Response[Any]:
    try:
        await work
    except DeskError as error:
        return await _month_page(request, month, error)
    return _redirect_to_month(month)


def _redirect_to_month(month: Month) -> Redirect:
    return see_other(f"/reports/{month}")


async def _month_page(
    request: StaffRequest,
    month: Month,
    error: DeskError | None = None,
    form: FormFields | None = None,
) -> Response[str]:
    now, zone = wall_clock.now(), get_settings().zone
    figures, analysis = await read_report(month, now)
    translate = Translator(request.user.locale)
    tables = {table.name: table for table in figure_tables(figures, translate)}
    return page(
        request,
        "reports/month.html",
        status=error.status if error else 200,
        error=error_text(error, translate.locale) if error else "",
        month=month,
        ended=month < month_at(now, zone),
        months=[listed.month for listed in await list_months(now)],
        figures=figures,
        analysis=analysis,
        tiles=[(name, text, kind) for name, text, kind in TOTALS if name in TILES],
        charts=charts_of(figures, translate),
        tables=tables,
        week=busy_hours(figures.by_hour, translate),
        dimensions=[name for name, _, _ in DIMENSIONS],
        present=cells_of(analysis.countermeasures, BLANK_ROWS),
        rows=rows_shown(analysis.countermeasures, BLANK_ROWS, form),
    )


router = Router(
    "/",
    route_handlers=[
        show_months,
        show_month,
        show_tickets,
        draft_month,
        save_month,
        submit_month,
        sign_month,
    ],
    include_in_schema=False,
)
