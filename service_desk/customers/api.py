"""REST of customers."""

from typing import Annotated

from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from service_desk import wall_clock
from service_desk.contacts.email_addresses import to_email_or_none
from service_desk.contacts.phone_numbers import to_e164_or_none
from service_desk.customers.operations import create_customer, edit_customer
from service_desk.customers.queries import get_customer, list_customers
from service_desk.customers.schemas import (
    CustomerDetails,
    CustomerEdit,
    CustomerFilters,
    CustomerInput,
    CustomerPage,
)
from service_desk.edits.operations import record_edit
from service_desk.paging import DEFAULT_LIMIT, MAX_LIMIT
from service_desk.rules.customers.tiering import Tier
from service_desk.settings import get_settings
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.query_parameters import After

ReadCustomers = needs_scope("customers:read")
WriteCustomers = needs_scope("customers:write")


@get("/", operation_id="list_customers", guards=[ReadCustomers])
async def show_customers(
    q: Annotated[str | None, QueryParameter(max_length=200)] = None,
    tier: FromQuery[Tier | None] = None,
    phone: Annotated[str | None, QueryParameter(max_length=40)] = None,
    email: Annotated[str | None, QueryParameter(max_length=254)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: After = None,
) -> CustomerPage:
    """Newest first. `q`: words of the name or e-mail address, or a phone number (its last four
    digits, too), in any spelling; `phone`, with its country code if it is from abroad, and `email`
    match exactly."""
    filters = CustomerFilters(
        q,
        tier,
        phone=to_e164_or_none(phone, get_settings().region),
        email=to_email_or_none(email),
    )
    return await list_customers(filters, limit=limit, after=after)


@post("/", operation_id="create_customer", guards=[WriteCustomers])
async def add_customer(data: JSONBody[CustomerInput]) -> Response[CustomerDetails]:
    """A tier given here is pinned. 409 if another customer has the phone number or address."""
    customer = await create_customer(data, wall_clock.now())
    return Response(
        await get_customer(customer), headers={"Location": f"/api/v1/customers/{customer}"}
    )


@get("/{customer:int}", operation_id="get_customer", guards=[ReadCustomers])
async def show_customer(customer: FromPath[int]) -> CustomerDetails:
    return await get_customer(customer)


@patch("/{customer:int}", operation_id="edit_customer", guards=[WriteCustomers])
async def change_customer(
    request: StaffRequest, customer: FromPath[int], data: JSONBody[CustomerEdit]
) -> CustomerDetails:
    """Only what is given changes; `tier: null` unpins the tier."""
    by, now = request.user.staff_id, wall_clock.now()
    await edit_customer(customer, data, staff_id=by, now=now)
    await record_edit("customer", customer, data, staff_id=by, now=now)
    return await get_customer(customer)


router = Router(
    "/customers",
    route_handlers=[show_customers, add_customer, show_customer, change_customer],
    tags=["customers"],
)
