"""Suppliers added and edited."""

from datetime import date

import pytest

from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.suppliers.operations import create_supplier, edit_supplier
from service_desk.suppliers.queries import get_supplier
from service_desk.suppliers.schemas import SupplierEdit, SupplierInput
from tests.factories import NOW
from tests.suppliers.offending import make_offender


async def test_contacts_are_normalized_and_names_are_unique(desk: str) -> None:
    new = SupplierInput("Haier", phone="138 0013 8000", email="A@b.cn")
    view = await get_supplier(await create_supplier(new, NOW), NOW)
    assert (view.phone, view.email, view.locale) == ("+8613800138000", "a@b.cn", "zh")
    with pytest.raises(Conflict, match="already a supplier called Haier"):
        await create_supplier(SupplierInput(" haier "), NOW)
    with pytest.raises(InvalidInput, match="country code"):
        await create_supplier(SupplierInput("Midea", phone="abc"), NOW)


async def test_an_edit_changes_what_is_given(desk: str) -> None:
    supplier = await make_offender()
    await edit_supplier(supplier, SupplierEdit(contract_started_on=date(2026, 1, 1)))
    await edit_supplier(supplier, SupplierEdit())
    view = await get_supplier(supplier, NOW)
    assert (view.email, view.contract_started_on) == ("boss@pumps.test", date(2026, 1, 1))
    with pytest.raises(NotFound):
        await edit_supplier(99, SupplierEdit(contact_name="Nobody"))
