"""The REST API under /api/v1: the routers of all features, and their middleware."""

from collections.abc import Sequence

from litestar import Router

from service_desk.assets import api as assets
from service_desk.attachments import api as attachments
from service_desk.customers import api as customers
from service_desk.exports import api as exports
from service_desk.imports import api as imports
from service_desk.notifications import api as notifications
from service_desk.reports import api as reports
from service_desk.rest import sla, tickets
from service_desk.rest.idempotent_posts import IdempotencyMiddleware
from service_desk.revisits import api as revisits
from service_desk.search import api as search
from service_desk.suppliers import api as suppliers
from service_desk.web.query_parameters import RejectUnknownParameters
from service_desk.webhooks import api as webhooks

FEATURES: Sequence[Router] = (
    tickets.router,
    search.router,
    attachments.router,
    sla.router,
    customers.router,
    assets.router,
    suppliers.router,
    revisits.router,
    imports.router,
    reports.router,
    exports.router,
    webhooks.router,
    notifications.router,
)

router = Router(
    "/api/v1",
    route_handlers=FEATURES,
    middleware=[RejectUnknownParameters(), IdempotencyMiddleware()],
)
