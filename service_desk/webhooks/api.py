"""REST of outgoing webhooks: who is told of what (DESIGN §3)."""

from typing import Annotated

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from service_desk import wall_clock
from service_desk.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.webhooks.operations import send_test, subscribe, unsubscribe
from service_desk.webhooks.queries import list_subscriptions
from service_desk.webhooks.schemas import (
    TEST_EVENT,
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
    after: FromQuery[str | None] = None,
) -> Page[SubscriptionView]:
    """Oldest first, each with what waits, what was given up on, and how the newest fared."""
    return await list_subscriptions(limit=limit, after=after)


@post("/", operation_id="subscribe", guards=[WriteWebhooks])
async def post_subscription(
    request: StaffRequest, data: JSONBody[SubscriptionInput]
) -> Response[SubscriptionCreated]:
    """Be told of events by a signed POST. The secret is told here and never again.

    Signed as Standard Webhooks have it: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Answer 2xx within 10 seconds; else it is sent again for about three hours. The id stays the
    same each time: take in each id once.
    """
    made = await subscribe(data, staff_id=request.user.staff_id, now=wall_clock.now())
    return Response(made, status_code=201, headers={"Cache-Control": "no-store"})


@delete("/{subscription:int}", operation_id="unsubscribe", guards=[WriteWebhooks])
async def delete_subscription(subscription: FromPath[int]) -> None:
    """It is told nothing more, also of what waits to be sent."""
    await unsubscribe(subscription, now=wall_clock.now())


@post(
    "/{subscription:int}/test",
    operation_id="test_webhook",
    guards=[WriteWebhooks],
    status_code=HTTP_202_ACCEPTED,
)
async def post_test(request: StaffRequest, subscription: FromPath[int]) -> TestQueued:
    """Send an event `webhook.test` by the road of the real ones; `last_state` tells the outcome."""
    queued = await send_test(subscription, actor=request.user.actor, now=wall_clock.now())
    return TestQueued(queued, TEST_EVENT)


router = Router(
    "/webhook-subscriptions",
    route_handlers=[show_subscriptions, post_subscription, delete_subscription, post_test],
    tags=["webhooks"],
)
