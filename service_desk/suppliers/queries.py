"""Reads of suppliers: the list, ladder, ledger and actions."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from msgspec import Struct

from service_desk.database import fetch, fetch_as
from service_desk.finding import FOUND_SUPPLIERS, suppliers_meant
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rows import Condition, exists, get, list_rows
from service_desk.rules.suppliers.actions import ActionState
from service_desk.rules.suppliers.ladder import Rung, month_of
from service_desk.settings import get_settings
from service_desk.suppliers.deposits import DERIVED_KINDS, deposit_balance
from service_desk.suppliers.facts import LADDER_POLICY
from service_desk.suppliers.operations import action_not_found, supplier_not_found
from service_desk.suppliers.schemas import (
    ActionView,
    CategoryOffences,
    LadderView,
    LedgerEntry,
    LedgerView,
    SupplierView,
)
from service_desk.tables import Supplier, SupplierAction
from service_desk.tables.conditions import IS_OPEN

MAX_RUNGS_LISTED = 200
MAX_SUPPLIERS_OFFERED = 500

# $1: kinds, $2: causes that count; $3, $4: the first instant of the month and of the next.
SUPPLIERS = f"""
SELECT s.id, s.name, s.email, s.phone, s.phone_extension, s.locale, s.contact_name,
    s.contract_started_on, s.removed_at, s.created_at, t.open_tickets,
    t.offences, t.offences_this_month,
    a.proposed, d.balance, d.owed
FROM supplier s
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE {IS_OPEN}) AS open_tickets,
        count(*) FILTER (WHERE counts) AS offences,
        count(*) FILTER (WHERE counts AND received_at >= $3 AND received_at < $4)
            AS offences_this_month
    FROM (SELECT state, received_at, kind = ANY($1) AND cause = ANY($2) AS counts
          FROM ticket WHERE supplier = s.id AND merged_into IS NULL) AS own) AS t
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'proposed') AS proposed
    FROM supplier_action WHERE supplier = s.id) AS a
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0)::bigint AS balance,
        coalesce(sum(amount) FILTER (WHERE kind = 'debt'), 0)::bigint AS owed
    FROM deposit_entry WHERE supplier = s.id) AS d
"""
LIST_SUPPLIERS = f"""{SUPPLIERS}
WHERE ($5::bigint[] IS NULL OR s.id = ANY($5))
    AND ($6::text IS NULL OR s.name > $6)
ORDER BY s.name LIMIT $7
"""
GET_SUPPLIER = f"{SUPPLIERS} WHERE s.id = $5"
OFFENCES_BY_CATEGORY = """
SELECT c.code AS category, c.name_en, c.name_zh, count(*) AS offences,
    array_agg(t.number ORDER BY t.received_at, t.id) AS tickets
FROM ticket t LEFT JOIN category c ON c.id = t.category
WHERE t.supplier = $5 AND t.merged_into IS NULL AND t.kind = ANY($1) AND t.cause = ANY($2)
    AND t.received_at >= $3 AND t.received_at < $4
GROUP BY c.id ORDER BY count(*) DESC, c.code
"""
LEDGER = """
SELECT e.id, e.kind, e.amount, e.currency, e.reason, e.action, e.reverses, r.id AS undone_by,
    e.action IS NULL AND r.id IS NULL AND NOT e.kind = ANY($4) AS can_be_undone,
    a.rung, a.month, staff.name AS recorded_by, e.at
FROM deposit_entry e
LEFT JOIN deposit_entry r ON r.reverses = e.id
LEFT JOIN supplier_action a ON a.id = e.action
LEFT JOIN staff ON staff.id = e.recorded_by
WHERE e.supplier = $1 AND ($2::bigint IS NULL OR e.id < $2)
ORDER BY e.id DESC LIMIT $3
"""
ACTION_COLUMNS = {
    "supplier_name": SupplierAction.supplier.name,
    "category": SupplierAction.category.code,
    "name_en": SupplierAction.category.name_en,
    "name_zh": SupplierAction.category.name_zh,
    "decided_by": SupplierAction.decided_by.name,
}


class ActionFilters(Struct, frozen=True):
    """`state`: a state, or "flagged" for approved actions whose evidence no longer holds."""

    state: ActionState | Literal["flagged"] | None = None
    supplier: int | None = None
    rung: Rung | None = None


class _NamedSupplier(Struct, frozen=True):
    name: str


async def list_suppliers(
    q: str | None, *, limit: int, after: str | None, now: datetime
) -> Page[SupplierView]:
    """By name. `q`: found as by the search (service_desk/finding.py)."""
    cursor = decode_cursor(after, str) if after else None
    sought = await _found(q.strip()) if q and q.strip() else None
    rows = await fetch_as(
        SupplierView, LIST_SUPPLIERS, *_offence_args(_month_at(now)), sought, cursor, limit + 1
    )
    return make_page(rows, limit, lambda row: row.name)


async def _found(q: str) -> list[int]:
    """The suppliers that are meant: a desk has some hundred."""
    return [row["id"] for row in await fetch(FOUND_SUPPLIERS.ids, *await suppliers_meant(q))]


async def get_supplier(supplier: int, now: datetime) -> SupplierView:
    """Raises NotFound."""
    rows = await fetch_as(SupplierView, GET_SUPPLIER, *_offence_args(_month_at(now)), supplier)
    if not rows:
        raise supplier_not_found(supplier)
    return rows[0]


async def supplier_names() -> list[str]:
    rows = await list_rows(
        _NamedSupplier, Supplier, order_by=Supplier.name, limit=MAX_SUPPLIERS_OFFERED
    )
    return [row.name for row in rows]


async def get_ladder(supplier: int, month: date | None, now: datetime) -> LadderView:
    """The offences of a month (default: the current one) by category, and all rungs, newest first.

    Raises NotFound.
    """
    await _check_exists(supplier)
    month = month.replace(day=1) if month else _month_at(now)
    categories = await fetch_as(
        CategoryOffences, OFFENCES_BY_CATEGORY, *_offence_args(month), supplier
    )
    actions = await list_rows(
        ActionView,
        SupplierAction,
        columns=ACTION_COLUMNS,
        order_by=(SupplierAction.month, SupplierAction.id),
        descending=True,
        limit=MAX_RUNGS_LISTED,
        supplier=supplier,
    )
    return LadderView(supplier, month, categories, actions)


async def list_actions(
    filters: ActionFilters, *, limit: int, after: str | None
) -> Page[ActionView]:
    """Newest first."""
    conditions: list[Condition] = []
    if filters.state == "flagged":
        conditions.append(SupplierAction.flagged_at.is_not_null())
    elif filters.state is not None:
        conditions.append(SupplierAction.state == filters.state)
    if filters.supplier is not None:
        conditions.append(SupplierAction.supplier == filters.supplier)
    if filters.rung is not None:
        conditions.append(SupplierAction.rung == filters.rung)
    if after:
        conditions.append(SupplierAction.id < decode_cursor(after, int))
    rows = await list_rows(
        ActionView,
        SupplierAction,
        *conditions,
        columns=ACTION_COLUMNS,
        order_by=SupplierAction.id,
        descending=True,
        limit=limit + 1,
    )
    return make_page(rows, limit, lambda row: row.id)


async def get_action(action: int) -> ActionView:
    """Raises NotFound."""
    view = await get(ActionView, SupplierAction, columns=ACTION_COLUMNS, id=action)
    if view is None:
        raise action_not_found(action)
    return view


async def get_ledger(supplier: int, *, limit: int, after: str | None) -> LedgerView:
    """Raises NotFound."""
    await _check_exists(supplier)
    cursor = decode_cursor(after, int) if after else None
    rows = await fetch_as(LedgerEntry, LEDGER, supplier, cursor, limit + 1, DERIVED_KINDS)
    page = make_page(rows, limit, lambda row: row.id)
    deposit = await deposit_balance(supplier)
    return LedgerView(deposit.balance, deposit.owed, get_settings().currency, page.items, page.next)


async def _check_exists(supplier: int) -> None:
    if not await exists(Supplier, id=supplier):
        raise supplier_not_found(supplier)


def _month_at(now: datetime) -> date:
    return month_of(now, get_settings().zone)


def _offence_args(month: date) -> tuple[Any, ...]:
    """Kinds, causes that count, and the first instant of the month and of the next, at the desk."""
    following = (month + timedelta(days=31)).replace(day=1)
    zone = get_settings().zone
    return (
        LADDER_POLICY.kinds,
        LADDER_POLICY.counted_causes,
        datetime(month.year, month.month, 1, tzinfo=zone),
        datetime(following.year, following.month, 1, tzinfo=zone),
    )
