"""/t/{token}: the status of a ticket for its customer, who can write and rate it here.

The token in the URL authenticates, not a cookie, so a foreign site cannot forge a request.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.attachments.schemas import Upload
from service_desk.errors import DeskError, InvalidInput, NotFound
from service_desk.idempotency.nonces import content_key, new_nonce
from service_desk.intake.web.forms import MAX_FORM_BYTES, PublicForm, read_public_form
from service_desk.intake.web.operations import receive_reply
from service_desk.intake.web.rate_limit import RateLimit, check_rate_limit
from service_desk.intake.web.uploads import MAX_REQUEST_BYTES, SubmittedForm
from service_desk.rules.messages.attachments import ACCEPT_ATTRIBUTE, MAX_FILES
from service_desk.rules.tickets.choice import accepts_messages, follow_up, is_open
from service_desk.self_service.progress import as_sentence, describe_status, ticket_status
from service_desk.self_service.rating import MAX_SCORE, MIN_SCORE, rate
from service_desk.self_service.senders import SenderTicket, sender_by_id
from service_desk.self_service.tracking import TrackedTicket, tracked_messages, tracked_ticket
from service_desk.tickets.conversation import MAX_MESSAGE_LENGTH
from service_desk.web.access import PUBLIC, AnyRequest
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other

REPLIES = RateLimit("reply", 60)
RATINGS = RateLimit("rating", 20)  # of one ticket
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


@get("/t/{token:str}", guards=[PUBLIC])
async def show_progress(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    ticket = await _ticket(token)
    if ticket.merged_into is not None:
        return see_other(f"/t/{ticket.merged_into}")
    return await _page(request, ticket, {})


@post(
    "/t/{token:str}",
    guards=[PUBLIC],
    exclude_from_csrf=True,
    request_max_body_size=MAX_REQUEST_BYTES,
)
async def send_reply(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    ticket = await _ticket(token)
    while ticket.merged_into is not None:  # since the page was loaded
        ticket = await _ticket(ticket.merged_into)
    with SubmittedForm() as form:
        try:
            await form.read(request)
            body = _body(form.fields, form.files)
            await check_rate_limit(REPLIES, request.client.host if request.client else "")
        except DeskError as error:
            return await _page(request, ticket, form.fields, error, files_lost=bool(form.files))
        key = content_key(form.fields, form.files)
        now = wall_clock.now()
        return see_other(await receive_reply(ticket, body, form.files, key, now))


@post("/t/{token:str}/rating", guards=[PUBLIC], exclude_from_csrf=True)
async def send_rating(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    ticket, form = await _ticket(token), await read_public_form(request)
    try:
        await check_rate_limit(RATINGS, token)
        await rate(ticket.number, _score(ticket, form), now=wall_clock.now())
    except DeskError as error:
        return await _page(request, ticket, form, error)
    return see_other(f"/t/{token}?rated=1")


async def _ticket(token: str) -> TrackedTicket:
    ticket = await tracked_ticket(token) if _TOKEN.fullmatch(token) else None
    if ticket is None:
        raise NotFound("There is no ticket at this link. Please copy all of it.")
    return ticket


async def _follow_up(ticket: TrackedTicket, now: datetime) -> SenderTicket | None:
    """The ticket that would receive a message written here, if this one is closed."""
    if is_open(ticket):
        return None
    sender = await sender_by_id(ticket.customer, [ticket.number])
    own = sender.ticket(ticket.number)
    follows = own and follow_up(own, sender.tickets, now)
    return sender.ticket(follows.number) if follows else None


def _body(form: PublicForm, files: Sequence[Upload]) -> str:
    body = form.get("body", "")
    if (not body and not files) or len(body) > MAX_MESSAGE_LENGTH:
        raise InvalidInput(
            "Please write something, in at most {max} characters.",
            field="body",
            max=MAX_MESSAGE_LENGTH,
        )
    return body


def _score(ticket: TrackedTicket, form: PublicForm) -> int:
    if is_open(ticket):
        raise InvalidInput("We are still working on this; please rate us when it is solved.")
    score = form.get("score", "")
    if not re.fullmatch(f"[{MIN_SCORE}-{MAX_SCORE}]", score):
        raise InvalidInput("A rating is a number from 1 (bad) to 5 (good).", field="score")
    return int(score)


async def _page(
    request: AnyRequest,
    ticket: TrackedTicket,
    form: PublicForm,
    error: DeskError | None = None,
    *,
    files_lost: bool = False,
) -> Response[Any]:
    locale, now = locale_of(request), wall_clock.now()
    return page(
        request,
        "support/progress.html",
        status=error.status if error else 200,
        ticket=ticket,
        is_open=is_open(ticket),
        reopens=accepts_messages(ticket, now),
        status_sentence=as_sentence(
            describe_status(await ticket_status(ticket.id), locale, now), locale
        ),
        follow_up=await _follow_up(ticket, now),
        messages=await tracked_messages(ticket.token),
        scores=range(MIN_SCORE, MAX_SCORE + 1),
        max_length=MAX_MESSAGE_LENGTH,
        body=form.get("body", ""),
        files_lost=files_lost,
        accepted=ACCEPT_ATTRIBUTE,
        max_files=MAX_FILES,
        nonce=form.get("nonce") or new_nonce(),
        error=error_text(error, locale) if error else "",
        flashes={name for name in ("received", "added", "rated") if name in request.query_params},
    )


router = Router(
    "/",
    route_handlers=[show_progress, send_reply, send_rating],
    request_max_body_size=MAX_FORM_BYTES,
    include_in_schema=False,
)
