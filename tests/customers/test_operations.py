"""Customers added and edited."""

import pytest

from service_desk.customers.operations import create_customer, edit_customer
from service_desk.customers.queries import get_customer, tier_history
from service_desk.customers.schemas import CustomerEdit, CustomerInput, TierReason
from service_desk.errors import Conflict, InvalidInput, NotFound
from tests.factories import NOW, PHONE, make_staff


async def test_contacts_are_normalized_required_and_unique(desk: str) -> None:
    customer = await create_customer(
        CustomerInput("Li Wei", "138 0013 8000", "Li@Example.com", tier="B"), NOW
    )
    view = await get_customer(customer)
    assert (view.phone, view.email, view.locale) == (PHONE, "li@example.com", "zh")
    assert (view.tier, view.tier_pinned) == ("B", True)
    with pytest.raises(Conflict, match="phone number"):
        await create_customer(CustomerInput(phone=PHONE), NOW)
    with pytest.raises(Conflict, match="e-mail address"):
        await create_customer(CustomerInput(email="LI@example.com"), NOW)
    with pytest.raises(InvalidInput, match="needs a phone number"):
        await create_customer(CustomerInput("Nobody", phone=" "), NOW)


async def test_an_edit_changes_what_is_given_and_records_the_tier(desk: str) -> None:
    staff = await make_staff("supervisor", name="Chen")
    customer = await create_customer(CustomerInput("Li", PHONE, "li@example.com"), NOW)

    async def edit(change: CustomerEdit) -> None:
        await edit_customer(customer, change, staff_id=staff, now=NOW)

    await edit(CustomerEdit(name=" Li \t"))
    await edit(CustomerEdit(tier="A", owner="Supervisor@desk.test", region="Zhejiang"))
    view = await get_customer(customer)
    assert (view.name, view.tier, view.tier_pinned) == ("Li", "A", True)
    assert (view.owner_name, view.region) == ("Chen", "Zhejiang")
    (change,) = await tier_history(customer)
    assert (change.tier_before, change.tier_after) == ("C", "A")
    assert change.reason == TierReason("Chen")

    await edit(CustomerEdit(tier=None, owner=None, email=None))
    view = await get_customer(customer)
    assert (view.tier, view.tier_pinned, view.owner, view.email) == ("A", False, None, None)
    with pytest.raises(InvalidInput, match="needs a phone number"):
        await edit(CustomerEdit(phone=None))
    with pytest.raises(InvalidInput, match="No active member of staff"):
        await edit(CustomerEdit(owner="x@desk.test"))
    await create_customer(CustomerInput(email="other@example.com"), NOW)
    with pytest.raises(Conflict, match="e-mail"):
        await edit(CustomerEdit(email="other@example.com"))
    with pytest.raises(NotFound):
        await edit_customer(99, CustomerEdit(name="x"), staff_id=staff, now=NOW)
