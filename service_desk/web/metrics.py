"""Counters of this process for Prometheus."""

from typing import cast

from litestar.types import Scope
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "desk_requests", "Requests answered", ("method", "route", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "desk_request_seconds",
    "Time to answer",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)


def exposition() -> bytes:
    """All of them in Prometheus' text format."""
    return generate_latest(REGISTRY)


def count_request(scope: Scope, status: int, seconds: float) -> None:
    """By route, not by path: paths contain customers' tokens, and are without number."""
    known = cast(dict[str, object], scope)
    route = str(known.get("path_template") or "none")
    REQUESTS.labels(str(known.get("method")), route, status).inc()
    if not route.startswith("/live/"):  # these are open for as long as a page is
        REQUEST_SECONDS.labels(route).observe(seconds)
