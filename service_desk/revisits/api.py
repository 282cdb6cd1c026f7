"""REST of revisits."""

from datetime import date
from typing import Annotated, Literal

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from service_desk import wall_clock
from service_desk.paging import DEFAULT_LIMIT, MAX_LIMIT
from service_desk.revisits.operations import record_outcome
from service_desk.revisits.queries import (
    RevisitFilters,
    get_revisit,
    list_revisits,
    unplanned_revisits,
)
from service_desk.revisits.schemas import OutcomeInput, RevisitPage, RevisitView, UnplannedRevisit
from service_desk.web.access import StaffRequest, needs_scope

StateFilter = Literal["planned", "held", "done", "cancelled", "any"]


@get("/", operation_id="list_revisits", guards=[needs_scope("customers:read")])
async def show_revisits(
    wanted: Annotated[StateFilter | None, QueryParameter(name="state")] = None,
    assignee: FromQuery[str | None] = None,
    customer: FromQuery[int | None] = None,
    due_from: FromQuery[date | None] = None,
    due_to: FromQuery[date | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: FromQuery[str | None] = None,
) -> RevisitPage:
    """Follow-up contacts by the day they are due on; by default those still planned."""
    filters = RevisitFilters(wanted, assignee, customer, due_from, due_to)
    return await list_revisits(filters, limit=limit, after=after)


@get("/without-room", operation_id="unplanned_revisits", guards=[needs_scope("customers:read")])
async def show_unplanned() -> list[UnplannedRevisit]:
    """What is due and the planner cannot place: no agent has room for it in its window."""
    return await unplanned_revisits(wall_clock.now())


@post(
    "/{revisit:int}/outcome",
    operation_id="record_revisit_outcome",
    guards=[needs_scope("customers:write")],
    status_code=HTTP_200_OK,
)
async def add_outcome(
    request: StaffRequest, revisit: FromPath[int], data: JSONBody[OutcomeInput]
) -> RevisitView:
    """What came of it. No answer: planned again for the next working day, three times at most."""
    await record_outcome(revisit, data, staff_id=request.user.staff_id, now=wall_clock.now())
    return await get_revisit(revisit)


router = Router(
    "/revisits", route_handlers=[show_revisits, show_unplanned, add_outcome], tags=["revisits"]
)
