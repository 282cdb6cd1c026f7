"""REST of the monthly analysis."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, cast, get_args

from litestar import Response, Router, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Schema,
)
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from service_desk import wall_clock
from service_desk.errors import InvalidInput, NotFound
from service_desk.reports.exports import MEDIA_TYPES, Export, Format, export_file_name, export_month
from service_desk.reports.figures.months import parse_month
from service_desk.reports.figures.schemas import MonthlyReport
from service_desk.rules.words.languages import Locale
from service_desk.web.access import StaffRequest, needs_scope


@dataclass
class ReportOperation(Operation):
    """Documents all three media types: Litestar documents one for each response."""

    def __post_init__(self) -> None:
        response = (self.responses or {})["200"]
        assert isinstance(response, OpenAPIResponse)
        assert response.content is not None
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        response.content |= {MEDIA_TYPES["xlsx"]: OpenAPIMediaType(schema=file)}
        text = Schema(type=OpenAPIType.STRING)
        response.content |= {MEDIA_TYPES["csv"]: OpenAPIMediaType(schema=text)}


@get(
    "/complaints/{name:str}",
    operation_id="get_complaint_report",
    guards=[needs_scope("reports:read")],
    operation_class=ReportOperation,
    responses={
        HTTP_200_OK: ResponseSpec(
            MonthlyReport, generate_examples=False, description="The analysis, in that format."
        )
    },
)
async def show_report(
    request: StaffRequest,
    name: FromPath[str],
    as_of: FromQuery[datetime | None] = None,
    lang: Annotated[Locale | None, QueryParameter(description="Language of XLSX and CSV.")] = None,
) -> Response[bytes] | Stream:
    """The complaint analysis of a month: `2026-10.json`, `.xlsx` or `.csv` (JSON if left out).

    Of a signed month the signed figures; of any other month, or with `as_of`, the figures as of
    that time.
    """
    month, format_ = parse_export_name(name)
    if as_of is not None and as_of.tzinfo is None:
        raise InvalidInput("as_of needs a UTC offset, like 2026-11-01T00:00:00Z.", field="as_of")
    export = await export_month(
        parse_month(month), locale=lang or request.user.locale, now=wall_clock.now(), as_of=as_of
    )
    return await export_response(export, format_)


def parse_export_name(name: str) -> tuple[str, Format]:
    """The month and the format of "2026-10.xlsx". Raises NotFound for other suffixes."""
    month, dot, suffix = name.partition(".")
    format_ = suffix if dot else "json"
    if format_ not in get_args(Format):
        raise NotFound("Unknown format; use .json, .xlsx or .csv.")
    return month, cast("Format", format_)


async def export_response(export: Export, format_: Format) -> Response[bytes] | Stream:
    """The export as a download."""
    headers = {
        "Content-Disposition": f'attachment; filename="{export_file_name(export.month, format_)}"',
        "Cache-Control": "no-store",
    }
    match format_:
        case "csv":
            return Stream(export.as_csv(), media_type=MEDIA_TYPES["csv"], headers=headers)
        case "xlsx":
            with TemporaryDirectory() as folder:
                path = Path(folder) / "report.xlsx"
                await export.write_xlsx(path)
                content = path.read_bytes()
            return Response(content, media_type=MEDIA_TYPES["xlsx"], headers=headers)
        case "json":
            del headers["Content-Disposition"]
            return Response(await export.as_json(), media_type=MEDIA_TYPES["json"], headers=headers)


router = Router("/reports", route_handlers=[show_report], tags=["reports"])
