"""Suppliers by the name that somebody typed: one supplier, one ladder (DESIGN §2.6)."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as, fetch_value
from service_desk.errors import InvalidInput
from service_desk.rules.suppliers.names import clean_name


class SupplierRef(Struct, frozen=True):
    id: int
    name: str


async def find_or_create_supplier(name: str, *, now: datetime) -> SupplierRef:
    """The supplier of that name, however its letters' case and its spaces were typed. One we do
    not know yet is made. Raises InvalidInput for an empty name."""
    name = clean_name(name)
    if not name:
        raise InvalidInput("This must not be empty.", field="supplier")
    known = await find_supplier(name)
    if known is not None:
        return known
    made = await fetch_as(
        SupplierRef,
        "INSERT INTO supplier (name, locale, contact_name, created_at) VALUES ($1, 'zh', '', $2) "
        "ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id, name",
        name,
        now,
    )
    return made[0]


async def find_supplier(name: str) -> SupplierRef | None:
    """`name`: clean. The one that is written exactly so goes before one in other letters."""
    found = await fetch_as(
        SupplierRef,
        "SELECT id, name FROM supplier WHERE lower(name) = lower($1) "
        "ORDER BY name = $1 DESC, id LIMIT 1",
        name,
    )
    return found[0] if found else None


async def check_supplier_exists(name: str, *, staff_id: int) -> None:
    """On a page an agent chooses among the suppliers there are: a typo would split a ladder in two.

    Programs, supervisors and imports bring suppliers along by naming them. Raises InvalidInput.
    """
    role = await fetch_value("SELECT role FROM staff WHERE id = $1", staff_id)
    if role == "agent" and await find_supplier(clean_name(name)) is None:
        raise InvalidInput(
            "There is no supplier called {name}. Choose one of those there are, or ask a "
            "supervisor to add it.",
            field="supplier",
            name=name,
        )
