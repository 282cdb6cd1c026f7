"""/support: the form that customers fill in, on a phone too, without JavaScript, in two languages.

Nobody is signed in here and nothing is done in anybody's name, so there is no CSRF token: a form
that needs a cookie would lose complaints. Robots meet a honeypot and a rate limit instead.
"""

from collections.abc import Sequence
from typing import Any, get_args

import msgspec
from litestar import Request, Response, Router, get, post

from service_desk import wall_clock
from service_desk.attachments.operations import stored_uploads
from service_desk.attachments.schemas import Upload
from service_desk.contacts.finding import NewCustomer, normalize_contact
from service_desk.database import transaction
from service_desk.errors import DeskError, InvalidInput
from service_desk.idempotency.nonces import content_key, new_nonce
from service_desk.idempotency.receipts import claim, store_response, stored_response
from service_desk.intake.web.forms import HONEYPOT, MAX_FORM_BYTES, Form, check_lengths
from service_desk.intake.web.rate_limit import RateLimit, check_rate_limit
from service_desk.intake.web.uploads import MAX_REQUEST_BYTES, SubmittedForm
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_ticket
from service_desk.rules.messages.attachments import ACCEPT_ATTRIBUTE, MAX_FILES
from service_desk.rules.tickets.vocabulary import Kind
from service_desk.rules.words.plain_text import has_chinese
from service_desk.tickets.change import CUSTOMER
from service_desk.web.access import PUBLIC
from service_desk.web.locale import chosen_locale, locale_of
from service_desk.web.templates import error_text, page, see_other

AnyRequest = Request[Any, Any, Any]

KINDS: tuple[Kind, ...] = get_args(Kind)

BY_ADDRESS = RateLimit("address", 600)  # offices and mobile networks share one
BY_CONTACT = RateLimit("contact", 10)  # each is acknowledged by SMS or mail: nobody's be flooded
LIMITS = {"name": 200, "phone": 40, "email": 254, "product": 200, "serial_number": 100}
MAX_DESCRIPTION_LENGTH = 10_000
EMPTY = dict.fromkeys([*LIMITS, "description", HONEYPOT], "") | {"kind": "complaint"}
PREFILLED = ("kind", "product", "serial_number")  # by the address in a QR code on the product


@get("/support", guards=[PUBLIC])
async def show_form(request: AnyRequest) -> Response[str]:
    asked = {name: request.query_params.get(name, "")[:200] for name in PREFILLED}
    return _form(request, {name: value for name, value in asked.items() if value})


@post(
    "/support",
    guards=[PUBLIC],
    exclude_from_csrf=True,
    request_max_body_size=MAX_REQUEST_BYTES,
)
async def send_form(request: AnyRequest) -> Response[Any]:
    with SubmittedForm() as sent:
        try:
            await sent.read(request)
            new = parse_ticket(sent.words, chosen_locale(request))
            address = request.client.host if request.client else ""
            token = await submit_form(new, sent.files, content_key(sent.words, sent.files), address)
        except DeskError as error:
            return _form(request, sent.words, error, files_lost=bool(sent.files))
    return see_other(f"/t/{token}?received=1")


async def submit_form(new: NewTicket, files: Sequence[Upload], key: str, address: str) -> str:
    """Open the ticket, once for each key; its token. A form sent again counts no second time; one
    that says something else opens a ticket of its own, as the form always does (DESIGN §2.1): it
    may be about another product, or give the right phone number at last.

    Raises TooManyRequests."""
    now = wall_clock.now()
    contact = new.customer.phone or new.customer.email or ""
    async with stored_uploads(files) as attachments, transaction():
        if not await claim(key, sender=contact, now=now):
            return await stored_response(key)
        await check_rate_limit(BY_ADDRESS, address)
        await check_rate_limit(BY_CONTACT, contact)
        new = msgspec.structs.replace(new, attachments=attachments)
        opened = await open_ticket(new, actor=CUSTOMER, received_at=now, now=now, acknowledge=True)
        await store_response(key, opened.token)
        return opened.token


def parse_ticket(form: Form, chosen: str | None = None) -> NewTicket:
    """`chosen`: the language that the visitor chose for the page by hand, which tells more than
    Latin letters do; but who writes Chinese reads it (DESIGN §2.1).

    Raises InvalidInput, naming the field and what is allowed."""
    check_lengths(form, LIMITS)
    kind = form.get("kind", "complaint")
    if kind not in KINDS:
        raise InvalidInput("Please choose what it is about.", field="kind")
    text = form.get("description", "")
    if not 1 <= len(text) <= MAX_DESCRIPTION_LENGTH:
        raise InvalidInput(
            "Please tell us what happened, in at most {most} characters.",
            field="description",
            most=MAX_DESCRIPTION_LENGTH,
        )
    if form.get(HONEYPOT):
        raise InvalidInput("Please leave this field empty.", field=HONEYPOT)
    return NewTicket(
        kind=kind,
        description=text,
        channel="web",
        customer=_customer(form, None if has_chinese(text) else chosen),
        product=form.get("product") or None,
        serial_number=form.get("serial_number") or None,
    )


def _customer(form: Form, locale: str | None) -> NewCustomer:
    given = NewCustomer(phone=form.get("phone") or None, email=form.get("email") or None)
    try:
        phone, email = normalize_contact(given)
    except InvalidInput as error:
        field = (error.field or "").removeprefix("customer.")
        raise InvalidInput(error.message, field=field, **error.params) from error
    if phone is None and email is None:
        raise InvalidInput(
            "Please give a phone number or an e-mail address, so that we can answer.",
            field="phone",
        )
    return NewCustomer(name=form.get("name", ""), phone=phone, email=email, locale=locale)


def _form(
    request: AnyRequest, form: Form, error: DeskError | None = None, *, files_lost: bool = False
) -> Response[str]:
    said = error_text(error, locale_of(request)) if error else ""
    response = page(
        request,
        "support/form.html",
        status=error.status if error else 200,
        form=EMPTY | {"nonce": new_nonce()} | form,
        kinds=KINDS,
        honeypot=HONEYPOT,
        longest=MAX_DESCRIPTION_LENGTH,
        limits=LIMITS,
        refused=error.field if error else None,
        error=said,
        files_lost=files_lost,
        accepted=ACCEPT_ATTRIBUTE,
        most_files=MAX_FILES,
    )
    if error is not None and "retry_after" in error.params:
        response.headers["Retry-After"] = str(error.params["retry_after"])
    return response


router = Router(
    "/",
    route_handlers=[show_form, send_form],
    request_max_body_size=MAX_FORM_BYTES,
    include_in_schema=False,
)
