import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from service_desk.customers.operations import create_customer, edit_customer, recompute_tiers
from service_desk.customers.queries import get_customer, tier_history
from service_desk.customers.schemas import CustomerEdit, CustomerInput, TierReason
from service_desk.database import fetch, fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from tests.factories import NOW, PHONE, make_staff, make_ticket

EARLIER = NOW - timedelta(days=60)
NEXT_MONTH = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # midnight of 1 November in Shanghai


async def people(count: int) -> list[int]:
    """Customers, each of whom spent more than the one before."""
    return [
        await create_customer(
            CustomerInput(phone=f"+86138001380{place:02}", spend_12m=100 * place), EARLIER
        )
        for place in range(count)
    ]


async def tiers() -> str:
    rows = await fetch("SELECT tier FROM customer ORDER BY id")
    return "".join(row["tier"] for row in rows)


async def test_a_customer_can_be_reached_and_is_unique(desk: str) -> None:
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


async def test_editing_changes_what_is_given_and_keeps_the_history(desk: str) -> None:
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
    assert (change.tier_before, change.tier_after, change.because) == (
        "C",
        "A",
        TierReason("Chen"),
    )

    await edit(CustomerEdit(tier=None, owner=None, email=None))
    view = await get_customer(customer)
    assert (view.tier, view.tier_pinned, view.owner, view.email) == ("A", False, None, None)
    with pytest.raises(InvalidInput, match="needs a phone number"):
        await edit(CustomerEdit(phone=None))
    with pytest.raises(InvalidInput, match="nobody called"):
        await edit(CustomerEdit(owner="x@desk.test"))
    await create_customer(CustomerInput(email="other@example.com"), NOW)
    with pytest.raises(Conflict, match="e-mail"):
        await edit(CustomerEdit(email="other@example.com"))
    with pytest.raises(NotFound):
        await edit_customer(99, CustomerEdit(name="x"), staff_id=staff, now=NOW)


async def test_tiers_are_recomputed_once_a_month(desk: str) -> None:
    await people(10)
    assert await recompute_tiers(NOW) == 6
    assert await tiers() == "CCCCBBBBAA"
    assert await recompute_tiers(NOW) is None
    await fetch("UPDATE customer SET spend_12m = 5000 WHERE id = 1")
    assert await recompute_tiers(NEXT_MONTH - timedelta(seconds=1)) is None
    assert await recompute_tiers(NEXT_MONTH) == 3
    assert await tiers() == "ACCCCBBBBA"
    (change,) = await tier_history(1)
    assert (change.because.place, change.because.of) == (1, 10)
    rows = await fetch("SELECT customers, changed FROM tier_review ORDER BY month")
    assert [tuple(row) for row in rows] == [(10, 6), (10, 3)]


async def test_pinned_tiers_stay(desk: str) -> None:
    await people(5)
    await fetch("UPDATE customer SET tier = 'A', tier_pinned = true WHERE id = 1")
    await recompute_tiers(NOW)
    assert await tiers() == "ACBBA"


async def test_open_work_and_recency_decide_between_equals(desk: str) -> None:
    for place in range(5):
        new = CustomerInput(phone=f"+86138001380{place:02}")
        await create_customer(new, EARLIER - timedelta(days=place))
    await make_ticket(phone="+8613800138003", kind="repair")
    await recompute_tiers(NOW)
    assert await tiers() == "BBCAC"


async def test_the_first_month_is_left_out(desk: str) -> None:
    await create_customer(CustomerInput(phone=PHONE, spend_12m=1), NOW)
    assert await recompute_tiers(NOW) is None
    assert await fetch_value("SELECT count(*) FROM tier_review") == 0
    assert await recompute_tiers(NEXT_MONTH) == 1


async def test_two_at_once_do_it_once(desk: str) -> None:
    await people(10)
    results = await asyncio.gather(*(recompute_tiers(NOW) for _ in range(4)))
    assert sorted(results, key=str) == [6, None, None, None]
    assert await fetch_value("SELECT count(*) FROM tier_change") == 6
