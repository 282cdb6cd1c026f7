"""REST of the search (DESIGN §3)."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from service_desk.paging import DEFAULT_LIMIT
from service_desk.principal import Principal
from service_desk.search.queries import MAX_QUERY_LENGTH, search
from service_desk.search.schemas import HitType, SearchResults
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.query_parameters import Limit

SCOPE_OF_TYPE: dict[HitType, str] = {
    "ticket": "tickets:read",
    "customer": "customers:read",
    "supplier": "suppliers:read",
    "asset": "customers:read",
}


@get("/search", guards=[needs_scope("tickets:read")], operation_id="search", summary="Search")
async def get_search(
    request: StaffRequest,
    q: Annotated[str, QueryParameter(max_length=MAX_QUERY_LENGTH)],
    limit: Limit = DEFAULT_LIMIT,
) -> SearchResults:
    """Tickets of any state, customers, suppliers and assets, best first.

    `q`: words, a ticket number, a phone number (its last four digits, too) or a serial number, in
    any spelling. What the token has no scope to read is left out.
    """
    return await search(q, limit=limit, types=types_of(request.user))


def types_of(reader: Principal) -> list[HitType]:
    """What this caller may read."""
    return [kind for kind, scope in SCOPE_OF_TYPE.items() if scope in reader.scopes]


router = Router("/", route_handlers=[get_search], tags=["search"])
