"""The monthly analysis on screen."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream
from msgspec import ValidationError, convert

from service_desk import wall_clock
from service_desk.errors import DeskError, InvalidInput
from service_desk.paging import read_cursor, write_cursor
from service_desk.reports.api import answer, split_name
from service_desk.reports.documents.charts import charts_of
from service_desk.reports.documents.figure_tables import DIMENSIONS, TOTALS, figure_tables
from service_desk.reports.documents.tables import Words
from service_desk.reports.exports import export_month
from service_desk.reports.figures.months import Month, month_at, read_month
from service_desk.reports.figures.queries import clocks_of, list_months, read_report
from service_desk.reports.figures.schemas import Measures
from service_desk.reports.figures.tickets import Place, ticket_page
from service_desk.reports.operations import edit_measures, sign, start_draft, submit
from service_desk.settings import get_settings
from service_desk.web.access import StaffRequest, needs_staff, needs_supervisor
from service_desk.web.templates import page, see_other, sentence

TICKETS_SHOWN = 50
BLANK_ROWS = 3
TILES = ("received", "resolved", "open_at_end", "reopen_rate", "repeat_customers", "rating")


@get("/reports", guards=[needs_staff])
async def show_months(request: StaffRequest) -> Response[str]:
    return page(request, "reports/index.html", months=await list_months(wall_clock.now()))


@get("/reports/{name:str}", guards=[needs_staff])
async def show_month(request: StaffRequest, name: FromPath[str]) -> Response[Any] | Stream:
    """The page of a month, or with a suffix (2026-10.xlsx) its export."""
    if "." in name:
        month, format_ = split_name(name)
        return await answer(
            await export_month(read_month(month), locale=request.user.locale, now=wall_clock.now()),
            format_,
        )
    return await _show(request, read_month(name))


@get("/reports/{name:str}/tickets", guards=[needs_staff])
async def show_tickets(
    request: StaffRequest, name: FromPath[str], after: FromQuery[str | None] = None
) -> Response[str]:
    month = read_month(name)
    figures, _ = await read_report(month, wall_clock.now())
    start, end = month.bounds(get_settings().zone)
    rows, following = await ticket_page(
        start,
        end,
        figures.as_of,
        await clocks_of(month, figures.as_of),
        limit=TICKETS_SHOWN,
        after=read_cursor(after, Place) if after else None,
    )
    return page(
        request,
        "reports/tickets.html",
        month=month,
        figures=figures,
        tickets=rows,
        following=write_cursor(following) if following else None,
    )


@post("/reports/{name:str}/draft", guards=[needs_supervisor])
async def draft(request: StaffRequest, name: FromPath[str]) -> Response[Any]:
    month = read_month(name)
    return await _done_or_shown(request, month, start_draft(month, wall_clock.now()))


@post("/reports/{name:str}/measures", guards=[needs_supervisor])
async def save_measures(request: StaffRequest, name: FromPath[str]) -> Response[Any]:
    month = read_month(name)
    try:
        measures = read_measures(await request.form())
    except InvalidInput as error:
        return await _show(request, month, error)
    return await _done_or_shown(request, month, edit_measures(month, measures, wall_clock.now()))


@post("/reports/{name:str}/submit", guards=[needs_supervisor])
async def hand_in(request: StaffRequest, name: FromPath[str]) -> Response[Any]:
    month = read_month(name)
    work = submit(month, staff_id=request.user.staff_id, now=wall_clock.now())
    return await _done_or_shown(request, month, work)


@post("/reports/{name:str}/sign", guards=[needs_supervisor])
async def put_signature(request: StaffRequest, name: FromPath[str]) -> Response[Any]:
    month = read_month(name)
    work = sign(month, staff_id=request.user.staff_id, now=wall_clock.now())
    return await _done_or_shown(request, month, work)


def read_measures(form: FormMultiDict) -> Measures:
    """Rows of the form; a row that says nothing is no countermeasure. Raises InvalidInput."""
    try:
        return convert(
            {kind: list(_rows(form, kind)) for kind in ("planned", "followed_up")}, Measures
        )
    except (ValidationError, ValueError) as error:
        raise InvalidInput(
            "A countermeasure has at most 500 characters, and its date is like 2026-11-30; there "
            "are 30 at most.",
            field="measures",
        ) from error


def _rows(form: FormMultiDict, kind: str) -> Iterator[dict[str, Any]]:
    fields = ("what", "who", "by", "outcome")
    columns = [[str(value) for value in form.getall(f"{kind}-{field}", [])] for field in fields]
    for cells in zip(*columns, strict=False):
        what, who, by, outcome = (cell.strip() for cell in cells)
        if what:
            yield {
                "what": what,
                "who": who,
                "by": date.fromisoformat(by) if by else None,
                "outcome": outcome,
            }


async def _done_or_shown(request: StaffRequest, month: Month, work: Any) -> Response[Any]:
    try:
        await work
    except DeskError as error:
        return await _show(request, month, error)
    return _see(month)


def _see(month: Month) -> Redirect:
    return see_other(f"/reports/{month}")


async def _show(
    request: StaffRequest, month: Month, error: DeskError | None = None
) -> Response[str]:
    now, zone = wall_clock.now(), get_settings().zone
    figures, analysis = await read_report(month, now)
    words = Words(request.user.locale)
    tables = {table.name: table for table in figure_tables(figures, words)}
    return page(
        request,
        "reports/month.html",
        status=error.status if error else 200,
        error=sentence(error, words.locale) if error else "",
        month=month,
        ended=month < month_at(now, zone),
        months=[listed.month for listed in await list_months(now)],
        figures=figures,
        analysis=analysis,
        tiles=[(name, text, kind) for name, text, kind in TOTALS if name in TILES],
        charts=charts_of(figures, words),
        tables=tables,
        dimensions=[name for name, _, _ in DIMENSIONS],
        words=words,
        blank_rows=BLANK_ROWS,
    )


router = Router(
    "/",
    route_handlers=[
        show_months,
        show_month,
        show_tickets,
        draft,
        save_measures,
        hand_in,
        put_signature,
    ],
    include_in_schema=False,
)
