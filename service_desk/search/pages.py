"""The page of what was found; its box is in the head of every page of staff."""

from litestar import Response, Router, get

from service_desk.search.queries import MAX_QUERY_LENGTH, search
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.templates import page

MAX_SHOWN = 50


@get("/search", guards=[needs_staff])
async def show_search(request: StaffRequest) -> Response[str]:
    query = request.query_params.get("q", "")[:MAX_QUERY_LENGTH].strip()
    found = await search(query, limit=MAX_SHOWN)
    return page(
        request,
        "search/results.html",
        query=query,
        hits=found.items,
        corrected=found.corrected,
        more=len(found.items) == MAX_SHOWN,
    )


router = Router("/", route_handlers=[show_search], include_in_schema=False)
