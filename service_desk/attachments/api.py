"""REST: the content of an attachment. A ticket lists them in `messages[].attachments[]`."""

from litestar import Response, Router, get
from litestar.params import FromPath

from service_desk.attachments.pages import Id
from service_desk.attachments.queries import attachment_of_ticket
from service_desk.attachments.serving import serve_attachment
from service_desk.web.access import AnyRequest, needs_scope


@get(
    "/tickets/{number:str}/attachments/{attachment:int}",
    guards=[needs_scope("tickets:read")],
    operation_id="get_attachment",
    media_type="application/octet-stream",
)
async def show_attachment(
    request: AnyRequest, number: FromPath[str], attachment: Id
) -> Response[bytes]:
    """The file itself, unchanged. 404 while it is pending, and if it was rejected."""
    return await serve_attachment(request, await attachment_of_ticket(number, attachment))


router = Router("/", route_handlers=[show_attachment], tags=["tickets"])
