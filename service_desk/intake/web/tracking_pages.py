"""/t/{token}: the status of a ticket for its customer, who can write and rate it here.

The token in the URL authenticates, not a cookie, so a foreign site cannot forge a request.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.attachments.operations import stored_uploads
from service_desk.attachments.schemas import NewAttachment, Upload
from service_desk.contacts.finding import NewCustomer
from service_desk.database import transaction
from service_desk.errors import DeskError, InvalidInput, NotFound
from service_desk.idempotency.nonces import content_key, new_nonce
from service_desk.idempotency.receipts import claim, store_response, stored_response
from service_desk.intake.web.forms import MAX_FORM_BYTES, Form, read_public_form
from service_desk.intake.web.rate_limit import RateLimit, check_rate_limit
from service_desk.intake.web.uploads import MAX_REQUEST_BYTES, SubmittedForm
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_ticket
from service_desk.rules.messages.attachments import ACCEPT_ATTRIBUTE, MAX_FILES
from service_desk.rules.tickets.choice import accepts_messages, choose_ticket, follow_up, is_open
from service_desk.rules.tickets.numbers import FoundNumbers
from service_desk.rules.words.customer_words import is_only_thanks
from service_desk.self_service.progress import as_sentence, describe_status, ticket_status
from service_desk.self_service.rating import MAX_SCORE, MIN_SCORE, rate
from service_desk.self_service.senders import SenderTicket, sender_by_id
from service_desk.self_service.tracking import TrackedTicket, tracked_messages, tracked_ticket
from service_desk.tickets.conversation import MAX_MESSAGE_LENGTH, receive_message
from service_desk.web.access import PUBLIC
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other

AnyRequest = Request[Any, Any, Any]

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
        return see_other(await _receive_reply(ticket, body, form.files, key))


@post("/t/{token:str}/rating", guards=[PUBLIC], exclude_from_csrf=True)
async def send_rating(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    ticket, form = await _ticket(token), await read_public_form(request)
    try:
        await check_rate_limit(RATINGS, token)
        await rate(ticket.number, _score(ticket, form), now=wall_clock.now())
    except DeskError as error:
        return await _page(request, ticket, form, error)
    return see_other(f"/t/{token}?rated=1")


async def _receive_reply(
    ticket: TrackedTicket, body: str, files: Sequence[Upload], key: str
) -> str:
    """Put the message on the ticket, else on its follow-up, else on a new one. Returns the path of
    the page to show."""
    now, only_thanks = wall_clock.now(), is_only_thanks(body) and not files
    contact = ticket.customer_phone or ticket.customer_email or ticket.token
    async with stored_uploads(files) as attachments, transaction():
        if not await claim(key, contact=contact, body=body, now=now):
            return await stored_response(key)
        sender = await sender_by_id(ticket.customer, [ticket.number])
        named = FoundNumbers(valid=(ticket.number,))
        choice = choose_ticket(sender.tickets, named, now, only_thanks=only_thanks)
        chosen = sender.ticket(choice.number) if choice.number is not None else None
        if chosen is not None:
            await receive_message(
                chosen.number, body, channel="web", attachments=attachments,
                reopens=not only_thanks, now=now,
            )  # fmt: skip
            path = f"/t/{chosen.token}?added=1"
        else:
            path = f"/t/{await _open_follow_up(ticket, body, attachments)}?received=1"
        await store_response(key, path)
        return path


async def _open_follow_up(
    ticket: TrackedTicket, body: str, attachments: tuple[NewAttachment, ...]
) -> str:
    now = wall_clock.now()
    new = NewTicket(
        kind="complaint",
        body=body,
        channel="web",
        customer=NewCustomer(),
        customer_id=ticket.customer,
        product=ticket.product,
        serial_number=ticket.serial_number,
        linked_to=ticket.number,
        attachments=attachments,
        received_at=now,
        acknowledge=True,
    )
    opened = await open_ticket(new, now=now)
    return opened.token


async def _ticket(token: str) -> TrackedTicket:
    ticket = await tracked_ticket(token) if _TOKEN.fullmatch(token) else None
    if ticket is None:
        raise NotFound("There is no ticket at this link. Please copy all of it.")
    return ticket


async def _follow_up(ticket: TrackedTicket, now: datetime) -> SenderTicket | None:
    """The ticket that a message written here would go on, if this one is over."""
    if is_open(ticket):
        return None
    sender = await sender_by_id(ticket.customer, [ticket.number])
    own = sender.ticket(ticket.number)
    follows = own and follow_up(own, sender.tickets, now)
    return sender.ticket(follows.number) if follows else None


def _body(form: Form, files: Sequence[Upload]) -> str:
    body = form.get("body", "")
    if (not body and not files) or len(body) > MAX_MESSAGE_LENGTH:
        raise InvalidInput(
            "Please write something, in at most {max} characters.",
            field="body",
            max=MAX_MESSAGE_LENGTH,
        )
    return body


def _score(ticket: TrackedTicket, form: Form) -> int:
    if is_open(ticket):
        raise InvalidInput("We are still working on this; please rate us when it is solved.")
    score = form.get("score", "")
    if not re.fullmatch(f"[{MIN_SCORE}-{MAX_SCORE}]", score):
        raise InvalidInput("A rating is a number from 1 (bad) to 5 (good).", field="score")
    return int(score)


async def _page(
    request: AnyRequest,
    ticket: TrackedTicket,
    form: Form,
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
