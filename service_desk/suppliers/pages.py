"""Pages of suppliers: the list with the actions to decide, and one with ladder and ledger."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.edits.operations import saving
from service_desk.errors import DeskError, NotFound
from service_desk.idempotency.nonces import new_nonce, nonce_key
from service_desk.idempotency.receipts import once
from service_desk.paging import DEFAULT_LIMIT
from service_desk.rules.edits import form_values, split_shown, typed_in
from service_desk.settings import get_settings
from service_desk.suppliers import decisions
from service_desk.suppliers.api import month_filter
from service_desk.suppliers.deposits import record_deposit, undo_entry
from service_desk.suppliers.facts import LADDER_POLICY
from service_desk.suppliers.operations import create_supplier, edit_supplier
from service_desk.suppliers.queries import (
    ActionFilters,
    get_action,
    get_ladder,
    get_ledger,
    get_supplier,
    list_actions,
    list_suppliers,
)
from service_desk.suppliers.schemas import (
    DepositInput,
    SupplierEdit,
    SupplierInput,
    SupplierView,
)
from service_desk.web.access import StaffRequest, needs_staff, needs_supervisor
from service_desk.web.forms import Form, convert_form, parse_money, read_form
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other

MAX_ACTIONS_SHOWN = 20
EMPTY_VALUES = {"email": None, "phone": None, "contract_started_on": None, "contact_name": ""}
Decide = Callable[..., Awaitable[None]]
DECIDE: dict[str, Decide] = {
    "approve": decisions.approve,
    "reject": decisions.reject,
    "overturn": decisions.overturn,
}


@get("/suppliers", guards=[needs_staff])
async def show_suppliers(request: StaffRequest) -> Response[str]:
    return await _list(request)


@post("/suppliers", guards=[needs_supervisor])
async def add_supplier(request: StaffRequest) -> Response[Any]:
    form = await read_form(request)
    try:
        supplier = await create_supplier(convert_form(SupplierInput, form), wall_clock.now())
    except DeskError as error:
        return await _list(request, form, error)
    return see_other(f"/suppliers/{supplier}")


@get("/suppliers/{supplier:int}", guards=[needs_staff])
async def show_supplier(request: StaffRequest, supplier: FromPath[int]) -> Response[str]:
    return await _detail(request, supplier)


@post("/suppliers/{supplier:int}/edit", guards=[needs_supervisor])
async def change_supplier(request: StaffRequest, supplier: FromPath[int]) -> Response[Any]:
    async def change(form: Form, now: datetime) -> None:
        async def present() -> dict[str, str]:
            return fields_of(await get_supplier(supplier, now))

        shown, sent = split_shown(form)
        by = request.user.staff_id
        async with saving("supplier", supplier, shown, sent, present, staff_id=by, now=now) as save:
            await edit_supplier(supplier, convert_form(SupplierEdit, save.wanted, EMPTY_VALUES))

    return await _act(request, supplier, "edit", change)


@post("/suppliers/{supplier:int}/deposit", guards=[needs_supervisor])
async def add_deposit(request: StaffRequest, supplier: FromPath[int]) -> Response[Any]:
    """The form counts once however often it is submitted: money is at stake."""

    async def deposit(form: Form, now: datetime) -> None:
        amount = parse_money(form.get("amount", ""), get_settings().currency, field="amount")
        new = convert_form(DepositInput, {**form, "amount": amount})
        record = partial(record_deposit, supplier, new, staff_id=request.user.staff_id, now=now)
        await once(nonce_key(dict(form)), record, contact=request.user.actor, now=now)

    return await _act(request, supplier, "deposit", deposit)


@post("/suppliers/{supplier:int}/entries/{entry:int}/undo", guards=[needs_supervisor])
async def undo_ledger_entry(
    request: StaffRequest, supplier: FromPath[int], entry: FromPath[int]
) -> Response[Any]:
    async def undo(form: Form, now: datetime) -> None:
        reason = form.get("reason", "")
        await undo_entry(supplier, entry, reason, staff_id=request.user.staff_id, now=now)

    return await _act(request, supplier, f"entry-{entry}", undo)


@post("/supplier-actions/{action:int}/{decision:str}", guards=[needs_supervisor])
async def decide_action(
    request: StaffRequest, action: FromPath[int], decision: FromPath[str]
) -> Response[Any]:
    if decision not in DECIDE:
        raise NotFound("There is nothing at this address.")
    supplier = (await get_action(action)).supplier

    async def carry_out(form: Form, now: datetime) -> None:
        note = form.get("note", "")[:2000]
        await DECIDE[decision](action, note=note, staff_id=request.user.staff_id, now=now)

    return await _act(request, supplier, f"action-{action}", carry_out)


async def _act(
    request: StaffRequest,
    supplier: int,
    form_id: str,
    act: Callable[[Form, datetime], Awaitable[None]],
) -> Response[Any]:
    """Do it and show the supplier at that form; if it is rejected, the form as it was typed."""
    form = await read_form(request)
    try:
        await act(form, wall_clock.now())
    except NotFound:
        raise
    except DeskError as error:
        return await _detail(request, supplier, form_id, typed_in(form), error)
    return see_other(f"/suppliers/{supplier}#{form_id}")


def fields_of(supplier: SupplierView) -> dict[str, str]:
    """What the form shows of a supplier."""
    names = ("contact_name", "email", "phone", "locale", "contract_started_on")
    return form_values({name: getattr(supplier, name) for name in names})


async def _list(
    request: StaffRequest, form: Form | None = None, error: DeskError | None = None
) -> Response[str]:
    q = request.query_params.get("q", "")[:200].strip()
    suppliers = await list_suppliers(
        q or None,
        limit=DEFAULT_LIMIT,
        after=request.query_params.get("after"),
        now=wall_clock.now(),
    )
    proposed = await list_actions(ActionFilters("proposed"), limit=MAX_ACTIONS_SHOWN, after=None)
    flagged = await list_actions(ActionFilters("flagged"), limit=MAX_ACTIONS_SHOWN, after=None)
    return page(
        request,
        "suppliers/list.html",
        status=200 if error is None else error.status,
        suppliers=suppliers,
        proposed=proposed,
        flagged=flagged.items,
        currency=get_settings().currency,
        q=q,
        form=form or {},
        error="" if error is None else error_text(error, locale_of(request)),
    )


async def _detail(
    request: StaffRequest,
    supplier: int,
    form_id: str = "",
    form: Form | None = None,
    error: DeskError | None = None,
) -> Response[str]:
    now = wall_clock.now()
    view = await get_supplier(supplier, now)
    return page(
        request,
        "suppliers/detail.html",
        status=200 if error is None else error.status,
        supplier=view,
        present=fields_of(view),
        ladder=await get_ladder(supplier, month_filter(request.query_params.get("month")), now),
        ledger=await get_ledger(
            supplier, limit=DEFAULT_LIMIT, after=request.query_params.get("after")
        ),
        policy=LADDER_POLICY,
        form_id=form_id,
        nonce=new_nonce(),
        form=form or {},
        error="" if error is None else error_text(error, locale_of(request)),
    )


router = Router(
    "/",
    route_handlers=[
        show_suppliers,
        add_supplier,
        show_supplier,
        change_supplier,
        add_deposit,
        undo_ledger_entry,
        decide_action,
    ],
    include_in_schema=False,
)
