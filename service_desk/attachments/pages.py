"""Attachments for those who may see their ticket: logged-in staff, and holders of its token."""

from typing import Annotated

from litestar import Response, Router, get
from litestar.params import FromPath, PathParameter

from service_desk.attachments.queries import attachment_of_customer, attachment_of_ticket
from service_desk.attachments.serving import serve_attachment
from service_desk.web.access import PUBLIC, AnyRequest, needs_staff

Id = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]


@get("/tickets/{number:str}/attachments/{attachment:int}", guards=[needs_staff])
async def show_to_staff(
    request: AnyRequest, number: FromPath[str], attachment: Id
) -> Response[bytes]:
    return await serve_attachment(request, await attachment_of_ticket(number, attachment))


@get("/tickets/{number:str}/attachments/{attachment:int}/thumbnail", guards=[needs_staff])
async def show_thumbnail_to_staff(
    request: AnyRequest, number: FromPath[str], attachment: Id
) -> Response[bytes]:
    return await serve_attachment(
        request, await attachment_of_ticket(number, attachment), thumbnail=True
    )


@get("/t/{token:str}/attachments/{attachment:int}", guards=[PUBLIC])
async def show_to_customer(
    request: AnyRequest, token: FromPath[str], attachment: Id
) -> Response[bytes]:
    return await serve_attachment(request, await attachment_of_customer(token, attachment))


@get("/t/{token:str}/attachments/{attachment:int}/thumbnail", guards=[PUBLIC])
async def show_thumbnail_to_customer(
    request: AnyRequest, token: FromPath[str], attachment: Id
) -> Response[bytes]:
    return await serve_attachment(
        request, await attachment_of_customer(token, attachment), thumbnail=True
    )


router = Router(
    "/",
    route_handlers=[
        show_to_staff,
        show_thumbnail_to_staff,
        show_to_customer,
        show_thumbnail_to_customer,
    ],
    include_in_schema=False,
)
