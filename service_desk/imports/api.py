"""REST of imports: upload a file, follow its progress, read the rejected rows, cancel or retry."""

from typing import Annotated, Any

import msgspec
from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.openapi.spec import OpenAPIFormat, OpenAPIType, Schema
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from service_desk import wall_clock
from service_desk.errors import InvalidInput
from service_desk.imports.files.mapping import read_mapping
from service_desk.imports.operations import cancel_import, enqueue_import, retry_import
from service_desk.imports.queries import get_import
from service_desk.imports.schemas import ImportView
from service_desk.web.access import StaffRequest, needs_scope

UPLOAD_LIMIT = 20_000_000  # bytes; larger files: `service-desk import`
BODY_LIMIT = UPLOAD_LIMIT + 1_000_000
UPLOAD_SCHEMA: dict[str, Any] = {
    "type": OpenAPIType.OBJECT,
    "additional_properties": False,
    "required": ["file", "mapping"],
    "properties": {
        "file": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY),
        "mapping": Schema(type=OpenAPIType.STRING, description="TOML or JSON: docs/importing.md"),
    },
}


@post(
    "/",
    operation_id="start_import",
    guards=[needs_scope("imports:write")],
    status_code=HTTP_202_ACCEPTED,
    request_max_body_size=BODY_LIMIT,
)
async def start_import(
    request: StaffRequest,
    data: Annotated[
        dict[str, Any],
        Body(media_type=RequestEncodingType.MULTI_PART, schema_extra=UPLOAD_SCHEMA),
    ],
) -> Response[ImportView]:
    """Upload `file` (CSV or XLSX) with its `mapping` (TOML or JSON, as a file or as text, see
    docs/importing.md); a worker imports it. `GET /imports/{id}` shows the progress."""
    file = data.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidInput("Send the CSV or XLSX file in the form field file.", field="file")
    content = await file.read(UPLOAD_LIMIT + 1)
    if len(content) > UPLOAD_LIMIT:
        raise InvalidInput(
            "The file is larger than {max} MB. Split it, or use service-desk import.",
            field="file",
            max=UPLOAD_LIMIT // 1_000_000,
        )
    run = await enqueue_import(
        file.filename,
        content,
        read_mapping(await _mapping_text(data.get("mapping"))),
        staff_id=request.user.staff_id,
        now=wall_clock.now(),
    )
    view = await get_import(run, limit=1, after=0)
    return Response(view, headers={"Location": f"/api/v1/imports/{run}"})


@get("/{run:int}", operation_id="get_import", guards=[needs_scope("imports:read")])
async def show_import(
    run: FromPath[int],
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    after: Annotated[int, QueryParameter(ge=0)] = 0,
) -> ImportView:
    """The progress of the import, and a page of its rejected rows."""
    return await get_import(run, limit=limit, after=after)


@post(
    "/{run:int}/cancel",
    operation_id="cancel_import",
    guards=[needs_scope("imports:write")],
    status_code=HTTP_200_OK,
)
async def post_cancel(request: StaffRequest, run: FromPath[int]) -> ImportView:
    """End an import that is queued or running. Tickets imported so far stay and are counted; the
    rows after them are not imported. One that is cancelled already is returned as it is; one that
    is done or failed is a conflict."""
    await cancel_import(run, staff_id=request.user.staff_id, now=wall_clock.now())
    return await get_import(run, limit=100, after=0)


@post(
    "/{run:int}/retry",
    operation_id="retry_import",
    guards=[needs_scope("imports:write")],
    status_code=HTTP_202_ACCEPTED,
)
async def post_retry(run: FromPath[int]) -> ImportView:
    """Queue an import again that failed although its file is sound (`can_be_retried`): it continues
    after the last row that was read. Any other is a conflict."""
    await retry_import(run)
    return await get_import(run, limit=100, after=0)


async def _mapping_text(field: Any) -> bytes:
    """The form field: a file, text, or JSON that the framework has already decoded."""
    if isinstance(field, UploadFile):
        return await field.read()
    if isinstance(field, str):
        return field.encode()
    if isinstance(field, dict):
        return msgspec.json.encode(field)
    raise InvalidInput(
        "Send the mapping (TOML or JSON) in the form field mapping.", field="mapping"
    )


router = Router(
    "/imports",
    route_handlers=[start_import, show_import, post_cancel, post_retry],
    tags=["imports"],
)
