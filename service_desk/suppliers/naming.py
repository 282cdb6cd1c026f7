"""Suppliers by the name that somebody typed: one supplier, one ladder (DESIGN §2.6)."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as, fetch_value
from service_desk.errors import InvalidInput
from service_desk.rules.supplier_names import clean_name


class NamedSupplier(Struct, frozen=True):
    id: int
    name: str


async def supplier_named(name: str, *, actor: str, now: datetime) -> NamedSupplier:
    """The supplier of that name, however its letters' case and its spaces were typed.

    One we do not know yet is made, unless an agent names it: `actor` ("staff:7"). A typo would
    split a ladder in two. Raises InvalidInput.
    """
    name = clean_name(name)
    if not name:
        raise InvalidInput("This must not be empty.", field="supplier")
    known = await known_supplier(name)
    if known is not None:
        return known
    if await _is_agent(actor):
        raise InvalidInput(
            "There is no supplier called {name}. Choose one of those there are, or ask a "
            "supervisor to add it.",
            field="supplier",
            name=name,
        )
    made = await fetch_as(
        NamedSupplier,
        "INSERT INTO supplier (name, locale, contact_name, created_at) VALUES ($1, 'zh', '', $2) "
        "ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id, name",
        name,
        now,
    )
    return made[0]


async def known_supplier(name: str) -> NamedSupplier | None:
    """`name`: clean. The one that is written exactly so goes before one in other letters."""
    found = await fetch_as(
        NamedSupplier,
        "SELECT id, name FROM supplier WHERE lower(name) = lower($1) "
        "ORDER BY name = $1 DESC, id LIMIT 1",
        name,
    )
    return found[0] if found else None


async def _is_agent(actor: str) -> bool:
    kind, _, staff = actor.partition(":")
    return (
        kind == "staff"
        and await fetch_value("SELECT role FROM staff WHERE id = $1", int(staff)) == "agent"
    )
