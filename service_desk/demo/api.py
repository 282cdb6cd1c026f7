"""POST /demo/clock: moves the demo's clock forward. Without demo mode it is a 404."""

from typing import Annotated

from litestar import Router, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from service_desk.demo.clock import advance_clock
from service_desk.errors import NotFound
from service_desk.settings import get_settings
from service_desk.web.access import PUBLIC

MAX_ADVANCE_SECONDS = 366 * 86400  # at a time: a year


class Advance(Struct, forbid_unknown_fields=True):
    advance_seconds: Annotated[int, Meta(ge=0, le=MAX_ADVANCE_SECONDS)]


class DemoTime(Struct):
    now: str


@post("/demo/clock", guards=[PUBLIC], status_code=HTTP_200_OK, operation_id="advance_demo_clock")
async def advance(data: JSONBody[Advance]) -> DemoTime:
    if not get_settings().demo:
        raise NotFound("There is nothing at this address.")
    now = await advance_clock(data.advance_seconds)
    return DemoTime(now.isoformat())


router = Router("/", route_handlers=[advance], include_in_schema=False)
