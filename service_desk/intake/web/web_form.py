"""/support: the form for customers, in both languages, without JavaScript, also on a phone.

Visitors are not logged in, so a forged request gains nothing and there is no CSRF token: a form
that needs a cookie would lose complaints. Against robots there are a honeypot and rate limits.
"""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, Router, get, post

from service_desk import wall_clock
from service_desk.contacts.finding import NewCustomer, normalize_contact
from service_desk.errors import DeskError, InvalidInput
from service_desk.idempotency.nonces import content_key, new_nonce
from service_desk.intake.web.forms import HONEYPOT, MAX_FORM_BYTES, PublicForm, check_lengths
from service_desk.intake.web.operations import submit_form
from service_desk.intake.web.uploads import MAX_REQUEST_BYTES, SubmittedForm
from service_desk.opening.new_ticket import NewTicket
from service_desk.rules.messages.attachments import ACCEPT_ATTRIBUTE, MAX_FILES
from service_desk.rules.tickets.vocabulary import KINDS
from service_desk.rules.words.languages import Locale
from service_desk.rules.words.plain_text import has_chinese, is_blank
from service_desk.web.access import PUBLIC, AnyRequest
from service_desk.web.locale import chosen_locale, locale_of
from service_desk.web.templates import error_text, page, see_other

MAX_LENGTHS = {"name": 200, "phone": 40, "email": 254, "product": 200, "serial_number": 100}
MAX_DESCRIPTION_LENGTH = 10_000
EMPTY = dict.fromkeys([*MAX_LENGTHS, "description", HONEYPOT], "") | {"kind": "complaint"}
PREFILLED = ("kind", "product", "serial_number")  # from the URL in a QR code on the product


@get("/support", guards=[PUBLIC])
async def show_form(request: AnyRequest) -> Response[str]:
    given = {name: request.query_params.get(name, "")[:200] for name in PREFILLED}
    return _page(request, {name: value for name, value in given.items() if value})


@post(
    "/support",
    guards=[PUBLIC],
    exclude_from_csrf=True,
    request_max_body_size=MAX_REQUEST_BYTES,
)
async def send_form(request: AnyRequest) -> Response[Any]:
    with SubmittedForm() as form:
        try:
            await form.read(request)
            new = parse_ticket(form.fields, chosen_locale(request), wall_clock.now())
            address = request.client.host if request.client else ""
            key = content_key(form.fields, form.files)
            token = await submit_form(new, form.files, key, address)
        except DeskError as error:
            return _page(request, form.fields, error, files_lost=bool(form.files))
    return see_other(f"/t/{token}?received=1")


def parse_ticket(form: PublicForm, locale: Locale | None, received_at: datetime) -> NewTicket:
    """`locale`: the language that the visitor chose for the page. It decides unless the description
    is in Chinese: Latin letters alone say little about the language (DESIGN §2.1).

    Raises InvalidInput, naming the field and what is allowed."""
    check_lengths(form, MAX_LENGTHS)
    kind = form.get("kind", "complaint")
    if kind not in KINDS:
        raise InvalidInput("Please choose what it is about.", field="kind")
    body = form.get("description", "")
    if is_blank(body) or len(body) > MAX_DESCRIPTION_LENGTH:
        raise InvalidInput(
            "Please tell us what happened, in at most {max} characters.",
            field="description",
            max=MAX_DESCRIPTION_LENGTH,
        )
    if form.get(HONEYPOT):
        raise InvalidInput("Please leave this field empty.", field=HONEYPOT)
    return NewTicket(
        kind=kind,
        body=body,
        channel="web",
        customer=_customer(form, None if has_chinese(body) else locale),
        product=form.get("product") or None,
        serial_number=form.get("serial_number") or None,
        received_at=received_at,
        acknowledge=True,
    )


def _customer(form: PublicForm, locale: Locale | None) -> NewCustomer:
    given = NewCustomer(phone=form.get("phone") or None, email=form.get("email") or None)
    try:
        contact = normalize_contact(given)
    except InvalidInput as error:
        field = (error.field or "").removeprefix("customer.")
        raise InvalidInput(error.message, field=field, **error.params) from error
    if contact.phone is None and contact.email is None:
        raise InvalidInput(
            "Please give a phone number or an e-mail address, so that we can answer.",
            field="phone",
        )
    return msgspec.structs.replace(given, name=form.get("name", ""), locale=locale)


def _page(
    request: AnyRequest,
    form: PublicForm,
    error: DeskError | None = None,
    *,
    files_lost: bool = False,
) -> Response[str]:
    response = page(
        request,
        "support/form.html",
        status=error.status if error else 200,
        form=EMPTY | {"nonce": new_nonce()} | form,
        kinds=KINDS,
        honeypot=HONEYPOT,
        max_length=MAX_DESCRIPTION_LENGTH,
        max_lengths=MAX_LENGTHS,
        invalid_field=error.field if error else None,
        error=error_text(error, locale_of(request)) if error else "",
        files_lost=files_lost,
        accepted=ACCEPT_ATTRIBUTE,
        max_files=MAX_FILES,
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
