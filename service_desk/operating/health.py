"""/healthz, /readyz and /metrics, for monitoring."""

from litestar import MediaType, Response, Router, get
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE

from service_desk import wall_clock
from service_desk.operating import gauges
from service_desk.operating.readiness import Readiness, readiness
from service_desk.web import metrics
from service_desk.web.access import PUBLIC


@get("/healthz", guards=[PUBLIC], media_type=MediaType.TEXT, sync_to_thread=False)
def healthz() -> str:
    return "ok"


@get("/readyz", guards=[PUBLIC])
async def readyz() -> Response[Readiness]:
    """200 if everything works, else 503; `components` says what does not."""
    found = await readiness()
    status = HTTP_200_OK if found.ready else HTTP_503_SERVICE_UNAVAILABLE
    return Response(found, status_code=status, headers={"Cache-Control": "no-store"})


@get("/metrics", guards=[PUBLIC], media_type=MediaType.TEXT)
async def show_metrics() -> Response[bytes]:
    """The counters of this process, then the gauges of the desk as a whole."""
    return Response(
        metrics.exposition() + await gauges.exposition(wall_clock.now()),
        headers={"Content-Type": metrics.CONTENT_TYPE},
    )


router = Router("/", route_handlers=[healthz, readyz, show_metrics], include_in_schema=False)
