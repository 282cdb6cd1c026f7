"""Suppliers found by the name that somebody typed: one supplier, one ladder (DESIGN §2.6)."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.errors import InvalidInput
from service_desk.rows import exists
from service_desk.rules.suppliers.names import clean_name
from service_desk.tables import Staff

# DO UPDATE, not DO NOTHING: so that the row that another transaction inserted is returned.
FIND_OR_CREATE = """
INSERT INTO supplier (name, locale, contact_name, created_at) VALUES ($1, 'zh', '', $2)
ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id, name
"""
FIND = """
SELECT id, name FROM supplier WHERE lower(name) = lower($1)
ORDER BY name = $1 DESC, id LIMIT 1
"""


class SupplierRef(Struct, frozen=True):
    id: int
    name: str


async def find_or_create_supplier(name: str, *, now: datetime) -> SupplierRef:
    """The supplier of that name, whatever its case and spacing; a new one if there is none.

    Raises InvalidInput for an empty name.
    """
    name = clean_name(name)
    if not name:
        raise InvalidInput("This must not be empty.", field="supplier")
    known = await find_supplier(name)
    if known is not None:
        return known
    (created,) = await fetch_as(SupplierRef, FIND_OR_CREATE, name, now)
    return created


async def find_supplier(name: str) -> SupplierRef | None:
    """`name`: cleaned. An exact match is preferred to one that differs in case."""
    found = await fetch_as(SupplierRef, FIND, name)
    return found[0] if found else None


async def check_supplier_exists(name: str, *, staff_id: int) -> None:
    """Agents choose among existing suppliers, on pages and by REST: a typo would split a ladder.

    Supervisors, their programs and imports add suppliers by naming them. Raises InvalidInput.
    """
    is_agent = await exists(Staff, id=staff_id, role="agent")
    if is_agent and await find_supplier(clean_name(name)) is None:
        raise InvalidInput(
            "There is no supplier called {name}. Choose an existing one, or ask a supervisor to "
            "add it.",
            field="supplier",
            name=name,
        )
