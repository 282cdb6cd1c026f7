"""An agent's own entry, in a real browser."""

from playwright.async_api import expect

from service_desk import clock
from service_desk.customers.finding import NewCustomer
from service_desk.database import fetch_one, fetch_value
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import make_ticket


async def test_the_customer_is_found_while_the_number_is_typed(open_page: OpenPage):
    await make_ticket(
        "Dishwasher", at=clock.now(), customer=NewCustomer(name="王小明", phone="+8613800138000")
    )
    page = await open_page("/tickets/new")
    await expect(page.get_by_label("Phone")).to_be_focused()
    await page.keyboard.type("138 0013 8000", delay=10)
    await expect(page.locator("#found")).to_contain_text("王小明")
    await expect(page.locator("#found")).to_contain_text("Dishwasher")
    await page.get_by_label("Phone").fill("138 0013")
    await expect(page.locator("#found")).to_be_empty()


async def test_by_keyboard_alone_without_javascript(open_page: OpenPage):
    page = await open_page("/tickets/new", javascript=False)
    await page.get_by_label("Phone").focus()
    await page.keyboard.type("13900139000")
    for text in ["", "Li Jing", ""]:  # e-mail, name, language
        await page.keyboard.press("Tab")
        await page.keyboard.type(text)
    await page.keyboard.press("Tab")
    await page.keyboard.type("The oven does not heat")
    await page.get_by_label("Kind").select_option("repair")
    await page.get_by_label("They came by").select_option("counter")
    await page.get_by_role("button", name="Open the ticket").click()
    await expect(page.locator("#ticket-head h1")).to_have_text("The oven does not heat")
    row = await fetch_one(
        "SELECT t.kind, t.channel, t.severity, c.phone, c.name FROM ticket t "
        "JOIN customer c ON c.id = t.customer"
    )
    assert tuple(row) == ("repair", "counter", "normal", "+8613900139000", "Li Jing")
    assert await fetch_value("SELECT purpose FROM outbox") == "acknowledgement"
    assert await fetch_value("SELECT actor FROM ticket_event ORDER BY id") == "staff:1"


async def test_a_wrong_number_is_said_at_its_field_and_nothing_typed_is_lost(open_page: OpenPage):
    page = await open_page("/tickets/new", locale="zh", size=PHONE_SIZE)
    await page.get_by_label("电话", exact=True).fill("12")
    await page.get_by_label("客户原话").fill("空调不制冷")
    await page.get_by_role("button", name="创建工单").click()
    await expect(page.locator("#f-phone-hint")).to_contain_text("12")
    await expect(page.get_by_label("电话", exact=True)).to_have_attribute("aria-invalid", "true")
    assert await page.get_by_label("客户原话").input_value() == "空调不制冷"
    assert await no_sideways_scroll(page)
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


async def test_an_unknown_kind_is_refused(open_page: OpenPage):
    page = await open_page("/tickets/new")
    await page.get_by_label("In the customer's words").fill("Hello")
    await page.locator("[name=kind] option[value=complaint]").evaluate("o => o.value = 'gossip'")
    await page.get_by_role("button", name="Open the ticket").click()
    await expect(page.locator(".notice.bad")).to_contain_text("gossip")
