"""REST of outgoing webhooks: who receives which events (DESIGN §3)."""

from typing import Annotated

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from service_desk import wall_clock
from service_desk.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from service_desk.rules.messages.vocabulary import TEST_EVENT
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.query_parameters import After
from service_desk.webhooks.operations import send_test, subscribe, unsubscribe
from service_desk.webhooks.queries import list_subscriptions
from service_desk.webhooks.schemas import (
    SubscriptionCreated,
    SubscriptionInput,
    SubscriptionView,
    TestQueued,
)

ReadWebhooks = needs_scope("webhooks:read")
WriteWebhooks = needs_scope("webhooks:write")


@get("/", operation_id="list_webhook_subscriptions", guards=[ReadWebhooks])
async def show_subscriptions(
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: After = None,
) -> Page[SubscriptionView]:
    """Oldest first, each with its queued and failed webhooks and the state of the newest."""
    return await list_subscriptions(limit=limit, after=after)


@post("/", operation_id="subscribe", guards=[WriteWebhooks])
async def post_subscription(
    request: StaffRequest, data: JSONBody[SubscriptionInput]
) -> Response[SubscriptionCreated]:
    """Receive events by signed POST. The secret is returned here and never again.

    Signed by the Standard Webhooks specification: `webhook-id`, `webhook-timestamp`,
    `webhook-signature`. Respond 2xx within 10 seconds; otherwise it is retried for about three
    hours. Every attempt has the same id: process each id once.
    """
    created = await subscribe(data, staff_id=request.user.staff_id, now=wall_clock.now())
    return Response(created, status_code=201, headers={"Cache-Control": "no-store"})


@delete("/{subscription:int}", operation_id="unsubscribe", guards=[WriteWebhooks])
async def delete_subscription(subscription: FromPath[int]) -> None:
    """It receives nothing more, including what is queued."""
    await unsubscribe(subscription, now=wall_clock.now())


@post(
    "/{subscription:int}/test",
    operation_id="test_webhook",
    guards=[WriteWebhooks],
    status_code=HTTP_202_ACCEPTED,
)
async def post_test(request: StaffRequest, subscription: FromPath[int]) -> TestQueued:
    """Send an event `webhook.test` like a real one; `last_state` shows the outcome."""
    queued = await send_test(subscription, actor=request.user.actor, now=wall_clock.now())
    return TestQueued(queued, TEST_EVENT)


router = Router(
    "/webhook-subscriptions",
    route_handlers=[show_subscriptions, post_subscription, delete_subscription, post_test],
    tags=["webhooks"],
)
