"""A ticket entered by an agent, for a walk-in or a call; the customer is found while typing."""

from datetime import datetime
from typing import Any

from litestar import Response, Router, get, post

from service_desk import wall_clock
from service_desk.customers.queries import get_customer
from service_desk.errors import DeskError, InvalidInput
from service_desk.idempotency.nonces import content_key, new_nonce
from service_desk.idempotency.receipts import Receipt
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.once import open_from_form
from service_desk.principal import staff_actor
from service_desk.suppliers.naming import check_supplier_exists
from service_desk.tickets.conversation import MAX_MESSAGE_LENGTH
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.forms import Form, convert_input, read_form
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other
from service_desk.workspace.caller import contact_fields, look_up_caller, match_asset, prefill
from service_desk.workspace.form_choices import form_choices

OPTIONAL_FIELDS = ("severity", "category", "product", "serial_number", "supplier")
MAX_LENGTHS = {"subject": 200, "product": 200, "serial_number": 100, "supplier": 200, "name": 200}
MAX_ID_DIGITS = 18


@get("/tickets/new", guards=[needs_staff])
async def show_form(request: StaffRequest) -> Response[str]:
    return await _form(request, {"acknowledge": "yes"} | dict(request.query_params))


@get("/tickets/new/customer", guards=[needs_staff])
async def show_customer_matches(request: StaffRequest) -> Response[str]:
    """The customer, or the candidates, for what is typed so far."""
    caller = await look_up_caller(dict(request.query_params), wall_clock.now())
    return page(request, "tickets/customer_matches.html", caller=caller)


@get("/tickets/new/asset", guards=[needs_staff])
async def show_asset_match(request: StaffRequest) -> Response[str]:
    """The asset with that serial number, and its warranty."""
    asset = await match_asset(dict(request.query_params), wall_clock.now())
    return page(request, "tickets/asset.html", asset=asset)


@post("/tickets/new/find", guards=[needs_staff])
async def find(request: StaffRequest) -> Response[str]:
    """Without JavaScript: the form again, with the chosen customer and the asset filled in."""
    form = dict(await read_form(request))
    chosen = form.pop("choose", "")
    if chosen.isdecimal() and len(chosen) <= MAX_ID_DIGITS:
        form |= contact_fields(await get_customer(int(chosen)))
    if serial_number := form.pop("asset", ""):
        form |= {"serial_number": serial_number[: MAX_LENGTHS["serial_number"]], "product": ""}
    return await _form(request, prefill(form, await match_asset(form, wall_clock.now())))


@post("/tickets/new", guards=[needs_staff])
async def submit_ticket(request: StaffRequest) -> Response[Any]:
    form = await read_form(request)
    try:
        number = await submit_form(form, staff_id=request.user.staff_id, now=wall_clock.now())
    except DeskError as error:
        return await _form(request, form, error)
    return see_other(f"/tickets/{number}")


async def submit_form(form: Form, *, staff_id: int, now: datetime) -> str:
    """Open the ticket; returns its number. Submitted again, the form opens no second one."""
    actor = staff_actor(staff_id)
    new = read_ticket(form, actor, now)
    if new.supplier:
        await check_supplier_exists(new.supplier, staff_id=staff_id)
    return await open_from_form(new, Receipt(content_key(form), actor), answer="number", now=now)


def read_ticket(form: Form, actor: str, received_at: datetime) -> NewTicket:
    """Raises InvalidInput, naming the field."""
    description = form.get("description", "").strip()
    if not 1 <= len(description) <= MAX_MESSAGE_LENGTH:
        raise InvalidInput(
            "A message must have between 1 and {max} characters; this one has {length}.",
            field="description",
            max=MAX_MESSAGE_LENGTH,
            length=len(description),
        )
    for field, max_length in MAX_LENGTHS.items():
        if len(form.get(field, "")) > max_length:
            raise InvalidInput("At most {max} characters.", field=field, max=max_length)
    given: dict[str, Any] = {
        name: value for name in OPTIONAL_FIELDS if (value := form.get(name, "").strip())
    }
    customer = {
        name: value
        for name in ("name", "phone", "email", "locale")
        if (value := form.get(name, "").strip())
    }
    given |= {
        "kind": form.get("kind", "complaint"),
        "channel": form.get("channel", "call"),
        "subject": form.get("subject", ""),
        "body": description,
        "customer": customer,
        "actor": actor,
        "received_at": received_at,
        "acknowledge": form.get("acknowledge") == "yes",
    }
    return convert_input(given, NewTicket)


async def _form(request: StaffRequest, form: Form, error: DeskError | None = None) -> Response[str]:
    now = wall_clock.now()
    return page(
        request,
        "tickets/new.html",
        status=200 if error is None else error.status,
        form={"nonce": new_nonce()} | dict(form),
        error_field=_form_field(error),
        error="" if error is None else error_text(error, locale_of(request)),
        caller=await look_up_caller(form, now),
        asset=await match_asset(form, now),
        choices=await form_choices(),
    )


def _form_field(error: DeskError | None) -> str | None:
    """The field of this form: `customer.phone` is `phone` here."""
    return None if error is None or error.field is None else error.field.rpartition(".")[2]


router = Router(
    "/",
    route_handlers=[show_form, show_customer_matches, show_asset_match, find, submit_ticket],
    include_in_schema=False,
)
