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
from service_desk.revisits.schemas import (
    OutcomeInput,
    RevisitPage,
    RevisitView,
    UnplannedRevisitView,
)
from service_desk.rules.customers.revisit_cadence import RevisitState
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.query_parameters import After, IdOf

RevisitStateFilter = Literal[RevisitState, "any"]


@get("/", operation_id="list_revisits", guards=[needs_scope("customers:read")])
async def show_revisits(
    in_state: Annotated[RevisitStateFilter | None, QueryParameter(name="state")] = None,
    assignee: FromQuery[str | None] = None,
    customer: IdOf = None,
    due_from: FromQuery[date | None] = None,
    due_to: FromQuery[date | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: After = None,
) -> RevisitPage:
    """By the day they are due on; by default those planned."""
    filters = RevisitFilters(in_state, assignee, customer, due_from, due_to)
    return await list_revisits(filters, limit=limit, after=after)


@get("/unplanned", operation_id="unplanned_revisits", guards=[needs_scope("customers:read")])
async def show_unplanned() -> list[UnplannedRevisitView]:
    """Due revisits that no agent has capacity for within their window."""
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
    """No answer: planned again for the next working day, three attempts at most."""
    await record_outcome(revisit, data, staff_id=request.user.staff_id, now=wall_clock.now())
    return await get_revisit(revisit)


router = Router(
    "/revisits", route_handlers=[show_revisits, show_unplanned, add_outcome], tags=["revisits"]
)
