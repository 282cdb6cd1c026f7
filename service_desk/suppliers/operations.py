"""Suppliers added and edited by supervisors (DESIGN §2.6)."""

from datetime import datetime

import asyncpg
from msgspec import UNSET
from msgspec.structs import asdict

from service_desk.contacts.email_addresses import to_email_or_none
from service_desk.contacts.phone_numbers import typed_phone_or_none
from service_desk.database import transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rows import exists, insert, update_counted
from service_desk.rules.suppliers.names import clean_name
from service_desk.settings import get_settings
from service_desk.suppliers.facts import recheck_ladders
from service_desk.suppliers.naming import find_supplier
from service_desk.suppliers.schemas import SupplierEdit, SupplierInput
from service_desk.tables import Supplier


async def create_supplier(new: SupplierInput, now: datetime) -> int:
    """Returns the id. Raises InvalidInput, or Conflict if the name is taken."""
    name = clean_name(new.name)
    if not name:
        raise InvalidInput("This must not be empty.", field="name")
    if known := await find_supplier(name):
        raise _name_taken(known.name)
    number = typed_phone_or_none(new.phone, get_settings().region)
    try:
        return await insert(
            Supplier,
            name=name,
            email=to_email_or_none(new.email),
            phone=number and number.e164,
            phone_extension=number and number.extension,
            locale=new.locale or get_settings().locale,
            contact_name=new.contact_name,
            contract_started_on=new.contract_started_on,
            created_at=now,
        )
    except asyncpg.UniqueViolationError as error:
        raise _name_taken(name) from error


async def edit_supplier(supplier: int, edit: SupplierEdit) -> None:
    """Change what is given. Raises NotFound and InvalidInput."""
    given = {name: value for name, value in asdict(edit).items() if value is not UNSET}
    if "phone" in given:
        number = typed_phone_or_none(given["phone"], get_settings().region)
        given["phone"] = number and number.e164
        given["phone_extension"] = number and number.extension
    if "email" in given:
        given["email"] = to_email_or_none(given["email"])
    async with transaction():
        known = (
            await update_counted(Supplier, given, id=supplier)
            if given
            else await exists(Supplier, id=supplier)
        )
        if not known:
            raise supplier_not_found(supplier)
        await recheck_ladders([supplier])


def supplier_not_found(supplier: int) -> NotFound:
    return NotFound("There is no supplier {supplier}.", supplier=supplier)


def action_not_found(action: int) -> NotFound:
    return NotFound("There is no supplier action {action}.", action=action)


def _name_taken(name: str) -> Conflict:
    return Conflict("There is already a supplier called {name}.", field="name", name=name)
