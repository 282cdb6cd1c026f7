"""Assets as of a point in time."""

from datetime import UTC, date, datetime

from service_desk.assets.operations import create_asset
from service_desk.assets.queries import assets_of, desk_date, find_asset
from service_desk.assets.schemas import NewAsset
from service_desk.customers.operations import create_customer
from service_desk.customers.schemas import CustomerInput
from tests.factories import NOW, PHONE


async def test_warranty_ends_at_midnight_in_the_desks_time_zone(desk: str) -> None:
    customer = await create_customer(CustomerInput("Li Wei", PHONE), NOW)
    await create_asset(NewAsset("A1", "Boiler", customer, accepted_on=date(2025, 10, 15)), NOW)
    last = datetime(2026, 10, 15, 15, 59, 59, tzinfo=UTC)  # before midnight in Shanghai
    unit = await find_asset("a1", None, last)
    assert unit is not None
    assert (desk_date(last), unit.warranty.state) == (date(2026, 10, 15), "in_warranty")
    first = datetime(2026, 10, 15, 16, 0, tzinfo=UTC)
    unit = await find_asset("a1", None, first)
    assert unit is not None
    assert (unit.warranty.state, unit.warranty.expired_on) == (
        "out_of_warranty",
        date(2026, 10, 16),
    )


async def test_a_customers_units_newest_first(desk: str) -> None:
    customer = await create_customer(CustomerInput("Li Wei", PHONE), NOW)
    for serial in ("A1", "A2", "A3"):
        await create_asset(NewAsset(serial, "Boiler", customer), NOW)
    assert [unit.serial_number for unit in await assets_of(customer, NOW, 2)] == ["A3", "A2"]
    assert await assets_of(99, NOW) == []
    assert await find_asset(None, None, NOW) is None
    assert await find_asset(" ", "Boiler", NOW) is None
