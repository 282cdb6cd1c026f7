"""Pages of customers in a real browser."""

from httpx import AsyncClient
from playwright.async_api import expect

from service_desk.assets.queries import MAX_PER_CUSTOMER
from service_desk.customers.operations import create_customer
from service_desk.customers.queries import MAX_LISTED
from service_desk.customers.schemas import CustomerInput, TierReason
from service_desk.database import fetch, fetch_value, to_json
from tests.browsing import PHONE, OpenPage, no_sideways_scroll, sign_in
from tests.factories import NOW, make_ticket


async def test_a_customer_is_found_and_shown(open_page: OpenPage) -> None:
    await create_customer(CustomerInput("Wang Fang", "+8613800138001"), NOW)
    customer = await create_customer(CustomerInput("Li Wei", "+8613800138000"), NOW)
    ticket = await make_ticket("The washer leaks")
    page = await open_page("/customers")
    await expect(page.locator("tbody tr")).to_have_count(2)
    await page.get_by_role("searchbox", name="Search", exact=True).fill("138 0013 8000")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="Li Wei").click()
    await expect(page).to_have_url(page.url.split("/customers")[0] + f"/customers/{customer}")
    await page.get_by_role("link", name="The washer leaks").click()
    assert page.url.endswith(f"/tickets/{ticket.number}")


async def test_a_list_that_is_full_says_so(client: AsyncClient) -> None:
    customer = await create_customer(CustomerInput("Li Wei", "+8613800138000"), NOW)
    change = TierReason(by="Ann")
    await fetch(
        "INSERT INTO tier_change (customer, tier_before, tier_after, reason, at) "
        "SELECT $1, 'C', 'B', $2, $3 FROM generate_series(1, $4)",
        customer, to_json(change), NOW, MAX_LISTED,
    )  # fmt: skip
    await fetch(
        "INSERT INTO asset (customer, serial_number, product, created_at) "
        "SELECT $1, n, 'W1', $2 FROM generate_series(1, $3) AS n",
        customer, NOW, MAX_PER_CUSTOMER + 1,
    )  # fmt: skip
    await sign_in(client)
    shown = (await client.get(f"/customers/{customer}")).text
    assert shown.count("The newest 50 are shown.") == 2
    await fetch("DELETE FROM asset WHERE id > (SELECT min(id) FROM asset)")
    shown = (await client.get(f"/customers/{customer}")).text
    assert shown.count("The newest 50 are shown.") == 1


async def test_a_tier_is_pinned_by_hand(open_page: OpenPage) -> None:
    customer = await create_customer(CustomerInput("李伟", "+8613800138000"), NOW)
    page = await open_page(f"/customers/{customer}", locale="zh")
    form = page.locator("main form")
    await form.get_by_label("等级").select_option("A")
    await form.get_by_label("近12个月消费").fill("12,000")
    await form.get_by_role("button", name="保存").click()
    await expect(page.locator("h1")).to_contain_text("等级已锁定")
    await expect(page.get_by_text("由 Agent 设定")).to_be_visible()
    assert await fetch_value("SELECT spend_12m FROM customer") == 1_200_000
    await form.get_by_label("电话").fill("abc")
    await form.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("alert")).to_contain_text("“abc”不是电话号码")
    await expect(form.get_by_label("电话")).to_have_value("abc")


async def test_a_customer_is_added(open_page: OpenPage) -> None:
    page = await open_page("/customers")
    await page.get_by_text("New customer").click()
    form = page.locator("form.grid")
    await form.get_by_role("button", name="Add customer").click()
    await expect(page.get_by_role("alert")).to_contain_text("needs a phone number")
    await form.get_by_label("Name").fill("Li Wei")
    await form.get_by_label("E-mail").fill("li@example.com")
    await form.get_by_role("button", name="Add customer").click()
    await expect(page.locator("h1")).to_contain_text("Li Wei")


async def test_the_list_is_paged(open_page: OpenPage) -> None:
    for place in range(51):
        await create_customer(CustomerInput(f"Customer {place}", f"+86138001380{place:02}"), NOW)
    page = await open_page("/customers?tier=C", size=PHONE)
    await expect(page.locator("tbody tr")).to_have_count(50)
    assert await no_sideways_scroll(page)
    await page.get_by_role("link", name="Next page").click()
    await expect(page.locator("tbody tr")).to_contain_text("Customer 0")
    await page.goto("/customers?q=nobody")
    await expect(page.get_by_text("No customers match.")).to_be_visible()
