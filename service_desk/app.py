"""create_app(): the routes, what surrounds them, and what runs as long as the app does."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from litestar import Litestar, Router
from litestar.connection import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from service_desk.attachments import pages as attachments
from service_desk.customers import asset_pages
from service_desk.customers import pages as customer_pages
from service_desk.dashboard import pages as dashboard
from service_desk.database import WEB_STATEMENT_SECONDS, database_pool
from service_desk.demo import api as demo_clock
from service_desk.demo import handset
from service_desk.demo.status_callbacks import delivery_reports
from service_desk.exports import pages as export_pages
from service_desk.http.causes import is_database_unavailable
from service_desk.http.desk_app import DeskApp
from service_desk.http.gc_tuning import tune_gc
from service_desk.http.openapi import OpenApiRenderer
from service_desk.http.problems import EXCEPTION_HANDLERS
from service_desk.imports import pages as import_pages
from service_desk.intake.calls import voice_webhooks as voice
from service_desk.intake.texts import sms_webhook as sms
from service_desk.intake.web import tracking_pages, web_form
from service_desk.live import pages as live
from service_desk.live.broadcast import BROADCAST
from service_desk.operating import health
from service_desk.phone_line import pages as call_pages
from service_desk.reports import pages as report_pages
from service_desk.rest import router as rest
from service_desk.revisits import pages as revisit_pages
from service_desk.search import pages as search_pages
from service_desk.settings import get_settings
from service_desk.sla_settings import editing_pages
from service_desk.sla_settings.calendars import pages as calendar_pages
from service_desk.sla_settings.policies import pages as policy_pages
from service_desk.staff import account_pages
from service_desk.staff import pages as staff
from service_desk.staff.authentication import AUTHENTICATION
from service_desk.suppliers import pages as supplier_pages
from service_desk.texts import pages as text_pages
from service_desk.texts.overrides import refreshing_overrides
from service_desk.triage import safety_word_pages
from service_desk.valkey import valkey_client
from service_desk.wall_clock import follow_demo_clock
from service_desk.web.security import add_security_headers, csrf_config
from service_desk.web.static_files import show_static_file
from service_desk.webhooks import pages as webhook_pages
from service_desk.workspace import (
    list_pages,
    new_pages,
    outbox_pages,
    queue_pages,
    settings_pages,
    ticket_pages,
)
from workers.queue import job_queue

log = structlog.get_logger()

MAX_BODY_BYTES = 12 * 1024 * 1024
"""Of a request's body, attachments included."""

DEMO_ROUTERS: Sequence[Router] = (demo_clock.router, handset.router)
ROUTERS: Sequence[Router] = (
    health.router,
    live.router,
    rest.router,
    sms.router,
    voice.router,
    web_form.router,
    tracking_pages.router,
    attachments.router,
    # pages of staff
    staff.router,
    queue_pages.router,
    list_pages.router,
    search_pages.router,
    new_pages.router,
    ticket_pages.router,
    revisit_pages.router,
    call_pages.router,
    customer_pages.router,
    asset_pages.router,
    supplier_pages.router,
    dashboard.router,
    settings_pages.router,
    account_pages.router,
    safety_word_pages.router,
    policy_pages.router,
    calendar_pages.router,
    editing_pages.router,
    text_pages.router,
    outbox_pages.router,
    webhook_pages.router,
    import_pages.router,
    report_pages.router,
    export_pages.router,
)


def create_app(*, demo: bool | None = None, debug: bool = False) -> Litestar:
    """`demo`: whether the demo's addresses exist at all; by default as the settings say.
    `debug`: pages show the traceback of an error (`--dev` only)."""
    demo = get_settings().demo if demo is None else demo
    return DeskApp(
        route_handlers=[*ROUTERS, *(DEMO_ROUTERS if demo else ()), show_static_file],
        lifespan=[open_connections, delivery_reports],
        middleware=[AUTHENTICATION],
        csrf_config=csrf_config(),
        exception_handlers=EXCEPTION_HANDLERS,
        before_request=follow_demo if get_settings().demo else None,
        before_send=[add_security_headers],
        openapi_config=OPENAPI,
        request_max_body_size=MAX_BODY_BYTES,
        debug=debug,
        logging_config=None,
    )


@asynccontextmanager
async def open_connections(app: Litestar) -> AsyncGenerator[None]:
    pool = database_pool(get_settings().database_url, command_timeout=WEB_STATEMENT_SECONDS)
    async with pool, valkey_client(), job_queue(), BROADCAST.running(), refreshing_overrides():
        tune_gc()
        yield


OPENAPI = OpenAPIConfig(
    title="Service Desk",
    version="1",
    description="Complaints and repairs in, ranked by their SLA clocks, nothing lost.",
    path="/schema",
    render_plugins=[OpenApiRenderer(path=["/", "/openapi.json"])],
    components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
    security=[{"token": []}],
    use_handler_docstrings=True,
)

DEMO_CLOCK_MAX_AGE = 1.0  # seconds that another process may be behind a moved clock
PATHS_WITHOUT_DEMO_CLOCK = ("/healthz", "/readyz", "/static/")  # they answer without a database


class LastFollow:
    at = 0.0


async def follow_demo(request: Request[Any, Any, Any]) -> None:
    """One small query a second keeps this process at the demo's time."""
    if (
        request.url.path.startswith(PATHS_WITHOUT_DEMO_CLOCK)
        or time.monotonic() - LastFollow.at < DEMO_CLOCK_MAX_AGE
    ):
        return
    LastFollow.at = time.monotonic()
    try:
        async with asyncio.timeout(DEMO_CLOCK_MAX_AGE):
            await follow_demo_clock()
    except Exception as error:
        if not is_database_unavailable(error):
            raise
        log.warning("the demo clock cannot be read", error=repr(error))
