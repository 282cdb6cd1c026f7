"""/settings/webhooks: subscriptions with their state, and failed webhooks."""

import re
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.errors import DeskError, InvalidInput
from service_desk.rules.messages.vocabulary import WEBHOOK_EVENTS, WebhookEvent
from service_desk.web.access import StaffRequest, needs_supervisor
from service_desk.web.forms import form_fields
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other
from service_desk.webhooks.operations import redeliver, send_test, subscribe, unsubscribe
from service_desk.webhooks.queries import dead_letters, list_subscriptions
from service_desk.webhooks.schemas import (
    MAX_SUBSCRIPTIONS,
    SubscriptionCreated,
    SubscriptionInput,
)

MAX_DEAD_LETTERS_SHOWN = 50

PATH = "/settings/webhooks"


@get(PATH, guards=[needs_supervisor])
async def show_webhooks(request: StaffRequest) -> Response[str]:
    return await _page(request)


@post(PATH, guards=[needs_supervisor])
async def add_subscription(request: StaffRequest) -> Response[Any]:
    """Responds without a redirect: the secret is shown on this page and nowhere else."""
    form = await form_fields(request)
    url = form.get("url", [""])[0].strip()
    checked = {*form.get("events", [])}
    events: list[WebhookEvent] = [event for event in WEBHOOK_EVENTS if event in checked]
    try:
        if not events:
            raise InvalidInput("Choose at least one event.", field="events")
        created = await subscribe(
            SubscriptionInput(url, events),
            staff_id=request.user.staff_id,
            now=wall_clock.now(),
            newest_seen=_id(form.get("newest_seen", [""])[0]),
        )
    except DeskError as error:
        return await _page(request, url=url, chosen=events, error=error)
    return await _page(request, created=created)


@post(PATH + "/{subscription:int}/test", guards=[needs_supervisor])
async def post_test(request: StaffRequest, subscription: FromPath[int]) -> Response[Any]:
    await send_test(subscription, actor=request.user.actor, now=wall_clock.now())
    return see_other(f"{PATH}?tested=1")


@post(PATH + "/{subscription:int}/delete", guards=[needs_supervisor])
async def delete_subscription(request: StaffRequest, subscription: FromPath[int]) -> Response[Any]:
    await unsubscribe(subscription, now=wall_clock.now())
    return see_other(PATH)


@post(PATH + "/send-again", guards=[needs_supervisor])
async def post_retry(request: StaffRequest) -> Response[Any]:
    """The one whose button was pressed, or all."""
    chosen = (await form_fields(request)).get("webhook", [""])[0]
    if chosen and _id(chosen) is None:
        raise InvalidInput("There is no such webhook.")
    redelivered = await redeliver([int(chosen)] if chosen else None, now=wall_clock.now())
    return see_other(f"{PATH}?redelivered={redelivered}")


def _id(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


async def _page(
    request: StaffRequest,
    *,
    url: str = "",
    chosen: list[WebhookEvent] | None = None,
    created: SubscriptionCreated | None = None,
    error: DeskError | None = None,
) -> Response[str]:
    redelivered = request.query_params.get("redelivered", "")
    failed = await dead_letters(
        limit=MAX_DEAD_LETTERS_SHOWN, after=request.query_params.get("after")
    )
    return page(
        request,
        "settings/webhooks.html",
        status=error.status if error else 200,
        subscriptions=(await list_subscriptions(limit=MAX_SUBSCRIPTIONS, after=None)).items,
        dead_letters=failed,
        events=WEBHOOK_EVENTS,
        url=url,
        chosen=chosen or [],
        created=created,
        tested="tested" in request.query_params,
        redelivered=int(redelivered) if re.fullmatch("[0-9]{1,9}", redelivered) else None,
        error=error_text(error, locale_of(request)) if error else "",
    )


router = Router(
    "/",
    route_handlers=[
        show_webhooks,
        add_subscription,
        post_test,
        delete_subscription,
        post_retry,
    ],
    include_in_schema=False,
)
