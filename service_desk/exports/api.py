"""REST of exports: ask for one, follow its progress, fetch the file, cancel or retry."""

from litestar import Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Schema,
)
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from msgspec import convert

from service_desk import wall_clock
from service_desk.exports.operations import file_name, start_export
from service_desk.exports.queries import get_export
from service_desk.exports.schemas import ExportRequest, ExportView
from service_desk.long_jobs.operations import cancel_job, retry_job
from service_desk.long_jobs.queries import get_job, outcome_parts
from service_desk.reports.exports import MEDIA_TYPES
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.timestamps import require_offset

PATH = "/api/v1/exports"
ReadReports = needs_scope("reports:read")


class FileOperation(Operation):
    """Documents every media type: Litestar documents one for each response."""

    def __post_init__(self) -> None:
        response = (self.responses or {})["200"]
        assert isinstance(response, OpenAPIResponse)
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        response.content = {kind: OpenAPIMediaType(schema=file) for kind in MEDIA_TYPES.values()}


@post(
    "/",
    operation_id="start_export",
    guards=[ReadReports],
    status_code=HTTP_202_ACCEPTED,
)
async def post_export(request: StaffRequest, data: JSONBody[ExportRequest]) -> Response[ExportView]:
    """Ask for a file; a worker makes it. `GET /exports/{id}` shows the progress, and where the file
    is once it is done. Asked for again while it is being made, it is the same export."""
    if data.filter.as_of is not None:
        require_offset("filter.as_of", data.filter.as_of)
    export = await start_export(
        data,
        locale=request.user.locale,
        staff_id=request.user.staff_id,
        now=wall_clock.now(),
    )
    return Response(await _view(request, export), headers={"Location": f"{PATH}/{export}"})


@get("/{export:int}", operation_id="get_export", guards=[ReadReports])
async def show_export(request: StaffRequest, export: FromPath[int]) -> ExportView:
    """The progress of an export that you asked for; when it is done, `file` is the address of the
    file."""
    return await _view(request, export)


@get(
    "/{export:int}/file",
    operation_id="get_export_file",
    guards=[ReadReports],
    operation_class=FileOperation,
    responses={HTTP_200_OK: ResponseSpec(bytes, generate_examples=False, description="The file.")},
)
async def show_file(request: StaffRequest, export: FromPath[int]) -> Stream:
    """The file of an export that is done; of any other, a conflict."""
    return await export_file(request, export)


@post(
    "/{export:int}/cancel",
    operation_id="cancel_export",
    guards=[ReadReports],
    status_code=HTTP_200_OK,
)
async def post_cancel(request: StaffRequest, export: FromPath[int]) -> ExportView:
    """End an export that is queued or running. One that is cancelled already is returned as it is;
    one that is done or failed is a conflict."""
    await cancel_job(export, "export", staff_id=request.user.staff_id, now=wall_clock.now())
    return await _view(request, export)


@post(
    "/{export:int}/retry",
    operation_id="retry_export",
    guards=[ReadReports],
    status_code=HTTP_202_ACCEPTED,
)
async def post_retry(request: StaffRequest, export: FromPath[int]) -> ExportView:
    """Queue an export again that failed. Any other is a conflict."""
    await retry_job(export, "export", staff_id=request.user.staff_id)
    return await _view(request, export)


async def export_file(request: StaffRequest, export: int) -> Stream:
    """The file as a download, for pages too."""
    job = await get_job(export, "export", staff_id=request.user.staff_id)
    parts = outcome_parts(job)
    exported = convert(job.input, ExportRequest)
    return Stream(
        parts,
        media_type=MEDIA_TYPES[exported.format],
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(exported)}"',
            "Cache-Control": "no-store",
        },
    )


async def _view(request: StaffRequest, export: int) -> ExportView:
    return await get_export(export, staff_id=request.user.staff_id, path=PATH)


router = Router(
    "/exports",
    route_handlers=[post_export, show_export, show_file, post_cancel, post_retry],
    tags=["exports"],
)
