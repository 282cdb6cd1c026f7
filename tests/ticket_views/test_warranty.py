"""The warranty of a ticket's asset."""

from datetime import date, datetime, timedelta
from typing import Any

from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.assets.operations import create_asset
from service_desk.assets.queries import desk_date
from service_desk.assets.schemas import NewAsset
from service_desk.customers.operations import create_customer
from service_desk.customers.schemas import CustomerInput
from service_desk.database import fetch
from service_desk.rules.repairs.warranty import Advice
from service_desk.ticket_views.warranty import TicketWarranty, ticket_warranty
from service_desk.ticket_views.whole_tickets import get_ticket
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import NOW, PHONE, make_ticket

LATER = timedelta(days=500)
LEAK: dict[str, Any] = {"kind": "repair", "product": "Boiler", "category": "product.leak"}


async def make_asset(installed_on: date, serial: str = "A1") -> None:
    customer = await create_customer(CustomerInput("Li Wei", PHONE), NOW - LATER)
    await create_asset(NewAsset(serial, "Boiler", customer, installed_on), NOW + LATER)


async def warranty_of(number: str, now: datetime) -> TicketWarranty:
    warranty = await ticket_warranty(await get_ticket(number, now))
    assert warranty is not None
    return warranty


async def test_the_day_of_receipt_counts(desk: str) -> None:
    await make_asset(desk_date(NOW) - timedelta(days=7))
    ticket = await make_ticket("It leaks", serial_number="a 1", **LEAK)
    warranty = await warranty_of(ticket.number, NOW + LATER)
    assert warranty.asset.warranty.state == "in_warranty"
    assert warranty.free_of_charge is True
    assert warranty.advice == Advice(("refund", "exchange", "repair"), "within_days", 7)
    late = await make_ticket("It leaks", at=NOW + LATER, serial_number="A1", **LEAK)
    warranty = await warranty_of(late.number, NOW + LATER)
    assert (warranty.free_of_charge, warranty.advice) == (False, None)


async def test_misuse_is_charged(desk: str) -> None:
    await make_asset(desk_date(NOW))
    ticket = await make_ticket("It leaks", serial_number="A1", **LEAK)
    await fetch("UPDATE ticket SET cause = 'customer_misuse'")
    warranty = await warranty_of(ticket.number, NOW)
    assert warranty.asset.warranty.state == "in_warranty"
    assert (warranty.free_of_charge, warranty.advice) == (False, None)


async def test_an_unknown_asset_has_no_warranty(desk: str) -> None:
    ticket = await make_ticket("It leaks", serial_number="A1")
    assert await ticket_warranty(await get_ticket(ticket.number, NOW)) is None


async def test_the_third_repair_of_a_fault_is_an_exchange(desk: str) -> None:
    await make_asset(desk_date(NOW) - timedelta(days=60))

    async def repaired(day: int, **fields: str) -> None:
        at = NOW - timedelta(days=day)
        ticket = await make_ticket("It leaks", at=at, **{**LEAK, "serial_number": "A1"} | fields)
        await fetch("UPDATE ticket SET resolved_at = $2 WHERE id = $1", ticket.id, at)

    await repaired(50)
    await repaired(49, serial_number="B1")
    await repaired(48, category="product.noise")
    await repaired(47, kind="enquiry")
    await repaired(46)
    await fetch("UPDATE ticket SET cause = 'unfounded' WHERE received_at = $1", NOW - timedelta(46))
    third = await make_ticket("It leaks", serial_number="a1", **LEAK)
    assert (await warranty_of(third.number, NOW)).advice is None
    await repaired(20)
    await repaired(-3)
    assert (await warranty_of(third.number, NOW)).advice == Advice(
        ("exchange",), "failed_repairs", 2
    )


async def test_the_warranty_on_the_ticket_page(open_page: OpenPage) -> None:
    now = wall_clock.now()
    await make_asset(desk_date(now) - timedelta(days=12))
    ticket = await make_ticket("It leaks", at=now, serial_number="A1", **LEAK)
    page = await open_page(f"/tickets/{ticket.number}", size=PHONE_SIZE)
    warranty = page.locator("#warranty")
    await expect(warranty).to_contain_text("In warranty until")
    await expect(warranty).to_contain_text("A repair is free.")
    await expect(warranty).to_contain_text(
        "within 15 days the customer may choose: exchange, repair"
    )
    assert await no_sideways_scroll(page)
    page = await open_page(f"/tickets/{ticket.number}", locale="zh")
    await expect(page.locator("#warranty")).to_contain_text("三包：15 日内客户可选择换货、修理。")
