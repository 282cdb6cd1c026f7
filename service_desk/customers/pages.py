"""Pages of customers: the list, and one customer with everything known."""

from datetime import datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import Struct

from service_desk import wall_clock
from service_desk.assets.queries import assets_of, desk_date
from service_desk.customers.operations import create_customer, edit_customer
from service_desk.customers.queries import (
    contact_log_of,
    get_customer,
    likely_same_customers,
    list_customers,
    recent_tickets,
    tier_history,
)
from service_desk.customers.schemas import (
    CustomerDetails,
    CustomerEdit,
    CustomerFilters,
    CustomerInput,
)
from service_desk.edits.operations import saving
from service_desk.errors import DeskError, NotFound
from service_desk.i18n.formats import plain_money
from service_desk.paging import DEFAULT_LIMIT
from service_desk.revisits.queries import RevisitFilters, list_revisits
from service_desk.rules.customers.tiering import TIERS
from service_desk.rules.edits import form_values, split_shown, typed_in
from service_desk.rules.repairs.warranty import STANDARD
from service_desk.settings import get_settings
from service_desk.staff.queries import active_staff
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.forms import Form, convert_form, parse_money, read_form
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other

TICKETS_SHOWN = 50
VALUES_IF_EMPTY = {
    "name": "",
    "phone": None,
    "email": None,
    "region": None,
    "tier": None,
    "owner": None,
}


class AssetForm(Struct, frozen=True):
    """A form of the assets section that was rejected: its id, what was typed, and why."""

    form_id: str = ""
    form: Form = {}
    error: str = ""


@get("/customers", guards=[needs_staff])
async def show_customers(request: StaffRequest) -> Response[str]:
    return await _list(request)


@post("/customers", guards=[needs_staff])
async def add_customer(request: StaffRequest) -> Response[Any]:
    form = await read_form(request)
    try:
        customer = await create_customer(convert_form(CustomerInput, form), wall_clock.now())
    except DeskError as error:
        return await _list(request, form, error)
    return see_other(f"/customers/{customer}")


@get("/customers/{customer:int}", guards=[needs_staff])
async def show_customer(request: StaffRequest, customer: FromPath[int]) -> Response[str]:
    return await customer_page(request, customer)


@post("/customers/{customer:int}", guards=[needs_staff])
async def change_customer(request: StaffRequest, customer: FromPath[int]) -> Response[Any]:
    form = await read_form(request)
    try:
        await _save(customer, form, request.user.staff_id, wall_clock.now())
    except NotFound:
        raise
    except DeskError as error:
        message = error_text(error, locale_of(request))
        return await customer_page(request, customer, typed_in(form), message, status=error.status)
    return see_other(f"/customers/{customer}")


async def _save(customer: int, form: Form, staff_id: int, now: datetime) -> None:
    async def present() -> dict[str, str]:
        return fields_of(await get_customer(customer))

    shown, sent = split_shown(form)
    async with saving(
        "customer", customer, shown, sent, present, staff_id=staff_id, now=now
    ) as save:
        given: dict[str, object] = {**save.wanted}
        if "spend" in save.wanted:
            spend = save.wanted["spend"] or "0"
            given["spend_12m"] = parse_money(spend, get_settings().currency, field="spend")
        edit = convert_form(CustomerEdit, given, VALUES_IF_EMPTY)
        await edit_customer(customer, edit, staff_id=staff_id, now=now)


def fields_of(customer: CustomerDetails) -> dict[str, str]:
    """What the form shows of a customer."""
    names = ("name", "phone", "email", "locale", "region", "owner")
    return form_values(
        {
            **{name: getattr(customer, name) for name in names},
            "tier": customer.tier if customer.tier_pinned else "",
            "spend": plain_money(customer.spend_12m, get_settings().currency),
        }
    )


async def _list(
    request: StaffRequest, form: Form | None = None, error: DeskError | None = None
) -> Response[str]:
    q = request.query_params.get("q", "")[:200].strip()
    tier = request.query_params.get("tier", "")
    customers = await list_customers(
        CustomerFilters(q or None, tier if tier in TIERS else None),
        limit=DEFAULT_LIMIT,
        after=request.query_params.get("after"),
    )
    return page(
        request,
        "customers/list.html",
        status=200 if error is None else error.status,
        customers=customers,
        q=q,
        tier=tier,
        form=form or {},
        error="" if error is None else error_text(error, locale_of(request)),
    )


async def customer_page(
    request: StaffRequest,
    customer: int,
    form: Form | None = None,
    error: str = "",
    *,
    asset_form: AssetForm | None = None,
    status: int = 200,
) -> Response[str]:
    """Everything known of a customer, with a rejected form as it was typed."""
    now = wall_clock.now()
    view = await get_customer(customer)
    revisits = RevisitFilters(state="any", customer=customer)
    asset_form = asset_form or AssetForm()
    return page(
        request,
        "customers/detail.html",
        status=status,
        customer=view,
        present=fields_of(view),
        likely_same=await likely_same_customers(view.likely_same),
        currency=get_settings().currency,
        recent_tickets=await recent_tickets(customer, limit=TICKETS_SHOWN),
        assets=await assets_of(customer, now),
        revisits=(await list_revisits(revisits, limit=DEFAULT_LIMIT, after=None)).items,
        contact_log=await contact_log_of(customer),
        tier_changes=await tier_history(customer),
        staff=await active_staff(),
        form=form or {},
        error=error,
        asset_form=asset_form,
        today=desk_date(now),
        months=STANDARD.months,
    )


router = Router(
    "/",
    route_handlers=[show_customers, add_customer, show_customer, change_customer],
    include_in_schema=False,
)
