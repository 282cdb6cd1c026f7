"""REST of suppliers: the list, their ladder and ledger, and the actions proposed."""

from datetime import date
from typing import Annotated, Literal

from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from service_desk import wall_clock
from service_desk.edits.operations import record_edit
from service_desk.errors import InvalidInput
from service_desk.paging import DEFAULT_LIMIT
from service_desk.rules.suppliers.actions import ActionState
from service_desk.rules.suppliers.ladder import Rung
from service_desk.suppliers.decisions import approve, overturn, reject
from service_desk.suppliers.deposits import record_deposit, undo_entry
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
    ActionPage,
    ActionView,
    DecisionInput,
    DepositInput,
    LadderView,
    LedgerView,
    SupplierEdit,
    SupplierInput,
    SupplierPage,
    SupplierView,
    UndoInput,
)
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.query_parameters import After, IdOf, Limit

ActionStateFilter = Literal[ActionState, "flagged"]
ReadSuppliers = needs_scope("suppliers:read")
WriteSuppliers = needs_scope("suppliers:write")


@get("/", operation_id="list_suppliers", guards=[ReadSuppliers])
async def show_suppliers(
    q: Annotated[str | None, QueryParameter(max_length=200)] = None,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> SupplierPage:
    """By name, each with its offences, proposed actions and deposit. `q`: words of its names or
    e-mail address, or a phone number, in any spelling."""
    return await list_suppliers(q, limit=limit, after=after, now=wall_clock.now())


@post("/", operation_id="create_supplier", guards=[WriteSuppliers])
async def add_supplier(data: JSONBody[SupplierInput]) -> Response[SupplierView]:
    now = wall_clock.now()
    supplier = await create_supplier(data, now)
    return Response(
        await get_supplier(supplier, now), headers={"Location": f"/api/v1/suppliers/{supplier}"}
    )


@get("/{supplier:int}", operation_id="get_supplier", guards=[ReadSuppliers])
async def show_supplier(supplier: FromPath[int]) -> SupplierView:
    return await get_supplier(supplier, wall_clock.now())


@patch("/{supplier:int}", operation_id="edit_supplier", guards=[WriteSuppliers])
async def change_supplier(
    request: StaffRequest, supplier: FromPath[int], data: JSONBody[SupplierEdit]
) -> SupplierView:
    """Only what is given changes."""
    await edit_supplier(supplier, data)
    by, now = request.user.staff_id, wall_clock.now()
    await record_edit("supplier", supplier, data, staff_id=by, now=now)
    return await get_supplier(supplier, wall_clock.now())


@get("/{supplier:int}/ladder", operation_id="get_supplier_ladder", guards=[ReadSuppliers])
async def show_ladder(supplier: FromPath[int], month: FromQuery[str | None] = None) -> LadderView:
    """The offences of a `month` ("2026-10", default: this one) by category, and all rungs."""
    return await get_ladder(supplier, month_filter(month), wall_clock.now())


@get("/{supplier:int}/ledger", operation_id="get_supplier_ledger", guards=[ReadSuppliers])
async def show_ledger(
    supplier: FromPath[int],
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> LedgerView:
    """The deposit: its balance, what is owed beyond it, and its entries, newest first."""
    return await get_ledger(supplier, limit=limit, after=after)


@post("/{supplier:int}/ledger", operation_id="record_deposit", guards=[WriteSuppliers])
async def add_deposit(
    request: StaffRequest, supplier: FromPath[int], data: JSONBody[DepositInput]
) -> LedgerView:
    """Money that the supplier paid in, in minor units. What it owes is paid first."""
    await record_deposit(supplier, data, staff_id=request.user.staff_id, now=wall_clock.now())
    return await get_ledger(supplier, limit=DEFAULT_LIMIT, after=None)


@post(
    "/{supplier:int}/ledger/{entry:int}/undo",
    operation_id="undo_ledger_entry",
    guards=[WriteSuppliers],
    status_code=HTTP_200_OK,
)
async def undo_ledger_entry(
    request: StaffRequest,
    supplier: FromPath[int],
    entry: FromPath[int],
    data: JSONBody[UndoInput],
) -> LedgerView:
    """Write the reversal of an entry. 409 if it is already undone, or belongs to a rung: overturn
    that instead."""
    by = request.user.staff_id
    await undo_entry(supplier, entry, data.reason, staff_id=by, now=wall_clock.now())
    return await get_ledger(supplier, limit=DEFAULT_LIMIT, after=None)


@get("/", operation_id="list_supplier_actions", guards=[ReadSuppliers])
async def show_actions(
    in_state: Annotated[ActionStateFilter | None, QueryParameter(name="state")] = None,
    supplier: IdOf = None,
    rung: FromQuery[Rung | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> ActionPage:
    """Newest first; `flagged`: approved, but the tickets behind it changed."""
    return await list_actions(ActionFilters(in_state, supplier, rung), limit=limit, after=after)


@post(
    "/{action:int}/approve",
    operation_id="approve_supplier_action",
    guards=[WriteSuppliers],
    status_code=HTTP_200_OK,
)
async def approve_action(
    request: StaffRequest, action: FromPath[int], data: JSONBody[DecisionInput | None] = None
) -> ActionView:
    """Issue the rung: writes the ledger and notifies the supplier. 409 if already decided."""
    note = data.note if data else ""
    await approve(action, note=note, staff_id=request.user.staff_id, now=wall_clock.now())
    return await get_action(action)


@post(
    "/{action:int}/reject",
    operation_id="reject_supplier_action",
    guards=[WriteSuppliers],
    status_code=HTTP_200_OK,
)
async def reject_action(
    request: StaffRequest, action: FromPath[int], data: JSONBody[DecisionInput | None] = None
) -> ActionView:
    """Reject the proposal. It is not made again."""
    note = data.note if data else ""
    await reject(action, note=note, staff_id=request.user.staff_id, now=wall_clock.now())
    return await get_action(action)


@post(
    "/{action:int}/overturn",
    operation_id="overturn_supplier_action",
    guards=[WriteSuppliers],
    status_code=HTTP_200_OK,
)
async def overturn_action(
    request: StaffRequest, action: FromPath[int], data: JSONBody[DecisionInput | None] = None
) -> ActionView:
    """Overturn an approved action after an objection, with reversals in the ledger."""
    note = data.note if data else ""
    await overturn(action, note=note, staff_id=request.user.staff_id, now=wall_clock.now())
    return await get_action(action)


def month_filter(text: str | None) -> date | None:
    """The first day of a month written as "2026-10". Raises InvalidInput."""
    if text is None:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InvalidInput(
            "{month} is not a month; write it as YYYY-MM.", field="month", month=text
        ) from error


router = Router(
    "/",
    route_handlers=[
        Router(
            "/suppliers",
            route_handlers=[
                show_suppliers,
                add_supplier,
                show_supplier,
                change_supplier,
                show_ladder,
                show_ledger,
                add_deposit,
                undo_ledger_entry,
            ],
        ),
        Router(
            "/supplier-actions",
            route_handlers=[show_actions, approve_action, reject_action, overturn_action],
        ),
    ],
    tags=["suppliers"],
)
