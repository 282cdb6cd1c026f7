"""Reads of suppliers: lists, ladder, ledger, actions."""

from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct

from service_desk.database import fetch_as, fetch_one
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rules.suppliers.ladder import month_of
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

# $1: kinds, $2: causes that count; $3, $4: the month's first instant and the next one's.
_SUPPLIERS = f"""
    SELECT s.id, s.name, s.email, s.phone, s.locale, s.contact_name, s.contract_started_on,
        s.removed_at, s.created_at, t.open_tickets, t.offences, t.offences_this_month,
        a.proposed, d.balance, d.owed, '{LADDER_POLICY.currency}' AS currency
    FROM supplier s
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state NOT IN ('resolved', 'closed')) AS open_tickets,
            count(*) FILTER (WHERE counts) AS offences,
            count(*) FILTER (WHERE counts AND received_at >= $3 AND received_at < $4)
                AS offences_this_month
        FROM (SELECT state, received_at, kind = ANY($1) AND cause = ANY($2) AS counts
              FROM ticket WHERE supplier = s.id AND merged_into IS NULL) AS theirs) AS t
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state = 'proposed') AS proposed
        FROM supplier_action WHERE supplier = s.id) AS a
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0)::bigint AS balance,
            coalesce(sum(amount) FILTER (WHERE kind = 'debt'), 0)::bigint AS owed
        FROM deposit_entry WHERE supplier = s.id) AS d
"""
_ACTIONS = """
    SELECT a.id, a.supplier, s.name AS supplier_name, a.rung, c.code AS category, c.name_en,
        c.name_zh, a.month, a.state, a.offences, a.evidence, a.because, a.flagged_at,
        a.flagged_tickets, a.proposed_at, a.decided_at, staff.name AS decided_by, a.decision_note
    FROM supplier_action a
        JOIN supplier s ON s.id = a.supplier
        LEFT JOIN category c ON c.id = a.category
        LEFT JOIN staff ON staff.id = a.decided_by
"""


class ActionFilters(Struct, frozen=True):
    """`state`: one of them, or "flagged" for approved ones whose evidence no longer holds."""

    state: str | None = None
    supplier: int | None = None
    rung: str | None = None


async def list_suppliers(
    q: str | None, *, limit: int, after: str | None, now: datetime
) -> Page[SupplierView]:
    """By name; `q`: a part of it."""
    rows = await fetch_as(
        SupplierView,
        f"{_SUPPLIERS} WHERE ($5::text IS NULL OR s.name ILIKE '%' || $5 || '%') "
        f"AND ($6::text IS NULL OR s.name > $6) ORDER BY s.name LIMIT {limit + 1}",
        *_offence_args(now),
        _escape_like(q) if q else None,
        decode_cursor(after, str) if after else None,
    )
    return make_page(rows, limit, lambda row: row.name)


async def get_supplier(supplier: int, now: datetime) -> SupplierView:
    rows = await fetch_as(
        SupplierView, f"{_SUPPLIERS} WHERE s.id = $5", *_offence_args(now), supplier
    )
    if not rows:
        raise supplier_not_found(supplier)
    return rows[0]


async def get_ladder(supplier: int, month: date | None, now: datetime) -> LadderView:
    """The offences of a month (default: the present one) by category, and all rungs, newest first.

    Raises NotFound.
    """
    if await fetch_one("SELECT id FROM supplier WHERE id = $1", supplier) is None:
        raise supplier_not_found(supplier)
    month = (month or month_of(now, get_settings().zone)).replace(day=1)
    categories = await fetch_as(
        CategoryOffences,
        "SELECT c.code AS category, c.name_en, c.name_zh, count(*) AS offences, "
        "array_agg(t.number ORDER BY t.received_at, t.id) AS tickets "
        "FROM ticket t LEFT JOIN category c ON c.id = t.category "
        "WHERE t.supplier = $5 AND t.merged_into IS NULL AND t.kind = ANY($1) "
        "AND t.cause = ANY($2) AND t.received_at >= $3 AND t.received_at < $4 "
        "GROUP BY c.id ORDER BY count(*) DESC, c.code",
        LADDER_POLICY.kinds, LADDER_POLICY.counted_causes, *_month_bounds(month), supplier,
    )  # fmt: skip
    actions = await fetch_as(
        ActionView,
        f"{_ACTIONS} WHERE a.supplier = $1 ORDER BY a.month DESC, a.id DESC LIMIT 200",
        supplier,
    )
    return LadderView(supplier, month, categories, actions)


async def list_actions(
    filters: ActionFilters, *, limit: int, after: str | None
) -> Page[ActionView]:
    """Newest first."""
    rows = await fetch_as(
        ActionView,
        f"{_ACTIONS} WHERE ($1::text IS NULL OR a.state = $1 "
        "OR ($1 = 'flagged' AND a.flagged_at IS NOT NULL)) "
        "AND ($2::bigint IS NULL OR a.supplier = $2) AND ($3::text IS NULL OR a.rung = $3) "
        f"AND ($4::bigint IS NULL OR a.id < $4) ORDER BY a.id DESC LIMIT {limit + 1}",
        filters.state, filters.supplier, filters.rung,
        decode_cursor(after, int) if after else None,
    )  # fmt: skip
    return make_page(rows, limit, lambda row: row.id)


async def get_action(action: int) -> ActionView:
    """Raises NotFound."""
    found = await fetch_as(ActionView, f"{_ACTIONS} WHERE a.id = $1", action)
    if not found:
        raise action_not_found(action)
    return found[0]


async def get_ledger(supplier: int, *, limit: int, after: str | None) -> LedgerView:
    """Raises NotFound."""
    if await fetch_one("SELECT id FROM supplier WHERE id = $1", supplier) is None:
        raise supplier_not_found(supplier)
    rows = await fetch_as(
        LedgerEntry,
        "SELECT e.id, e.kind, e.amount, e.currency, e.reason, e.action, e.reverses, "
        "c.id AS undone_by, e.action IS NULL AND c.id IS NULL AND NOT e.kind = ANY($3) "
        "AS can_be_undone, a.rung, a.month, staff.name AS recorded_by, e.at FROM deposit_entry e "
        "LEFT JOIN deposit_entry c ON c.reverses = e.id "
        "LEFT JOIN supplier_action a ON a.id = e.action "
        "LEFT JOIN staff ON staff.id = e.recorded_by WHERE e.supplier = $1 "
        f"AND ($2::bigint IS NULL OR e.id < $2) ORDER BY e.id DESC LIMIT {limit + 1}",
        supplier,
        decode_cursor(after, int) if after else None,
        DERIVED_KINDS,
    )
    page = make_page(rows, limit, lambda row: row.id)
    standing = await deposit_balance(supplier)
    return LedgerView(
        standing.balance, standing.owed, LADDER_POLICY.currency, list(page.items), page.next
    )


def _offence_args(now: datetime) -> tuple[Any, ...]:
    month = month_of(now, get_settings().zone)
    return LADDER_POLICY.kinds, LADDER_POLICY.counted_causes, *_month_bounds(month)


def _month_bounds(month: date) -> tuple[datetime, datetime]:
    """The first instant of a month of the desk, and of the next."""
    following = (month + timedelta(days=31)).replace(day=1)
    zone = get_settings().zone
    return (
        datetime(month.year, month.month, 1, tzinfo=zone),
        datetime(following.year, following.month, 1, tzinfo=zone),
    )


def _escape_like(q: str) -> str:
    """`q` with what LIKE reads as a pattern taken literally."""
    return q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


MAX_SUPPLIERS = 500


async def supplier_names() -> list[str]:
    rows = await fetch_as(
        SupplierName, "SELECT name FROM supplier ORDER BY name LIMIT $1", MAX_SUPPLIERS
    )
    return [row.name for row in rows]


class SupplierName(Struct, frozen=True):
    name: str
