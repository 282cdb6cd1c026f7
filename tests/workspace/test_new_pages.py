"""A ticket entered by an agent, in a real browser."""

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import Locator, Page, expect

from service_desk import wall_clock
from service_desk.assets.operations import create_asset
from service_desk.assets.queries import desk_date
from service_desk.assets.schemas import NewAsset
from service_desk.customers.operations import create_customer
from service_desk.customers.schemas import CustomerInput
from service_desk.database import fetch, fetch_value
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import make_ticket
from tests.profiles import in_depth

MAX_SECONDS = 30.0  # of typing, for the whole ticket
SECONDS_PER_KEY = 0.2  # an average typist (Card, Moran and Newell: 55 words a minute)
KEYS_PER_CHARACTER = 3  # of a Chinese character

OPENED = """
SELECT t.kind, t.channel, t.product, t.serial_number, t.description, c.phone, c.name FROM ticket t
JOIN customer c ON c.id = t.customer ORDER BY t.id DESC LIMIT 1
"""


class Keyboard:
    """Types without a mouse, and counts the keys as with an input method for Chinese."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)
            self.pressed += key.count("+") + 1

    async def tab_to(self, wanted: Locator) -> None:
        for _ in range(40):
            if await wanted.evaluate("element => element === document.activeElement"):
                return
            await self.press("Tab")
        await expect(wanted).to_be_focused()

    async def type(self, text: str) -> None:
        for character in text:
            if character.isascii():
                await self.press(character)
            else:
                await self.page.keyboard.insert_text(character)
                self.pressed += KEYS_PER_CHARACTER


async def opened_ticket() -> tuple[str | None, ...]:
    """The newest ticket, as in OPENED."""
    (row,) = await fetch(OPENED)
    return tuple(row)


async def make_customers() -> int:
    """Two with similar numbers, one of them with an asset and an earlier ticket."""
    now = wall_clock.now()
    await create_customer(CustomerInput("王芳", "+8613800137777"), now)
    ming = await create_customer(CustomerInput("王小明", "+8613800138000", "ming@example.com"), now)
    await make_ticket("Dishwasher", at=now, phone="+8613800138000")
    installed = desk_date(now) - timedelta(days=100)
    await create_asset(NewAsset("SN-7788", "Haina KFR-35GW", ming, installed), now)
    return ming


CALLERS = [
    ("en", "Rattles since last night, please send somebody.", "In warranty until"),
    ("zh", "昨晚开始异响，吵得睡不着，请派人来看。", "保修期至"),
]


@pytest.mark.nightly
@pytest.mark.parametrize(("locale", "words", "warranty"), in_depth(CALLERS, CALLERS[1:]))
async def test_a_known_caller_takes_thirty_seconds_of_typing(
    open_page: OpenPage, locale: str, words: str, warranty: str
):
    await make_customers()
    page = await open_page("/tickets/new", locale=locale)
    keys = Keyboard(page)
    await keys.type("1380 013")
    found = page.locator("#customer-matches")
    await expect(found.locator("button")).to_have_count(2)
    await keys.press("ArrowDown")
    await expect(found.locator("button").first).to_be_focused()
    if "王小明" not in await found.locator("button").first.inner_text():
        await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(page.locator("#f-description")).to_be_focused()
    await expect(found).to_contain_text("Dishwasher")
    await expect(found).to_contain_text(warranty)
    await keys.type(words)
    await keys.tab_to(page.locator("#f-kind"))
    await keys.press("ArrowDown")  # a repair
    await keys.tab_to(page.locator("#f-serial_number"))
    await keys.type("sn-7788")
    await expect(page.locator("#asset")).to_contain_text(warranty)
    await expect(page.locator("#f-product")).to_have_value("Haina KFR-35GW")
    await keys.press("Control+Enter")
    await expect(page.locator("#warranty")).to_contain_text(warranty)
    assert await opened_ticket() == (
        *("repair", "call", "Haina KFR-35GW", "sn-7788", words, "+8613800138000", "王小明"),
    )
    assert await fetch_value("SELECT count(*) FROM customer") == 2
    assert keys.pressed < 100
    assert keys.pressed * SECONDS_PER_KEY < MAX_SECONDS


async def test_a_new_caller_by_keyboard_alone(open_page: OpenPage):
    page = await open_page("/tickets/new")
    keys = Keyboard(page)
    await expect(page.get_by_label("Phone")).to_be_focused()
    await keys.type("13900139000")
    await keys.press("Tab", "Tab")
    await keys.type("Li Jing")
    await keys.press("Enter")
    await expect(page.locator("#f-description")).to_be_focused()
    await keys.type("The oven does not heat")
    await keys.press("Control+Enter")
    await expect(page.locator("#ticket-head h1")).to_have_text("The oven does not heat")
    assert await opened_ticket() == (
        *("complaint", "call", None, None, "The oven does not heat", "+8613900139000", "Li Jing"),
    )
    assert keys.pressed * SECONDS_PER_KEY < MAX_SECONDS


async def test_an_asset_is_chosen_by_keyboard(open_page: OpenPage):
    await make_customers()
    page = await open_page("/tickets/new")
    keys = Keyboard(page)
    await keys.type("13800138000")
    await expect(page.locator("#customer-matches button")).to_have_count(1)
    await keys.press("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown", "Enter")
    await expect(page.locator("#f-description")).to_be_focused()
    await expect(page.locator("#asset")).to_contain_text("In warranty until")
    await keys.type("It rattles")
    await keys.press("Control+Enter")
    await expect(page.locator("#warranty")).to_contain_text("In warranty until")
    assert (await opened_ticket())[2:4] == ("Haina KFR-35GW", "SN-7788")


async def test_customers_are_suggested_while_typing(open_page: OpenPage):
    await make_customers()
    page = await open_page("/tickets/new")
    found = page.locator("#customer-matches")
    phone = page.get_by_label("Phone")
    await phone.press_sequentially("138")
    await page.wait_for_timeout(400)
    await expect(found).to_be_empty()
    await phone.press_sequentially("0 013")
    await expect(found).to_contain_text("2 customers match")
    await phone.press_sequentially(" 8")  # a single match shows its tickets and assets
    await expect(found).to_contain_text("1 customer matches")
    await expect(found).to_contain_text("Dishwasher")
    await expect(found).to_contain_text("Haina KFR-35GW")
    await phone.press_sequentially("000")
    await expect(found.locator("button[name=choose]")).to_have_count(0)
    await expect(found).to_contain_text("Haina KFR-35GW")
    await phone.press_sequentially("1")
    await expect(found).to_be_empty()
    await phone.fill("")
    await page.get_by_label("Name").fill("王小")
    await expect(found).to_contain_text("ming@example.com")


async def test_a_serial_number_fills_in_product_and_customer(open_page: OpenPage):
    await make_customers()
    page = await open_page("/tickets/new", size=PHONE_SIZE)
    await page.get_by_label("Serial number").fill("SN-77")
    await page.wait_for_timeout(400)
    await expect(page.locator("#asset")).to_be_empty()
    await page.get_by_label("Serial number").fill("ｓｎ-77 88")
    await expect(page.locator("#asset")).to_contain_text("In warranty until")
    await expect(page.get_by_label("Product")).to_have_value("Haina KFR-35GW")
    await expect(page.get_by_label("Phone")).to_have_value("+8613800138000")
    await expect(page.get_by_label("Name")).to_have_value("王小明")
    await expect(page.locator("#customer-matches")).to_contain_text("Dishwasher")
    assert await no_sideways_scroll(page)


async def test_a_serial_number_overwrites_nothing(open_page: OpenPage):
    await make_customers()
    page = await open_page("/tickets/new")
    await page.get_by_label("Name").fill("His neighbour")
    await page.get_by_label("Product").fill("Something else")
    await page.get_by_label("Serial number").fill("SN-7788")
    await expect(page.locator("#asset")).to_contain_text("王小明")
    await expect(page.get_by_label("Product")).to_have_value("Something else")
    await expect(page.get_by_label("Phone")).to_have_value("")
    await expect(page.get_by_label("Name")).to_have_value("His neighbour")


async def test_by_keyboard_alone_without_javascript(open_page: OpenPage):
    await make_customers()
    page = await open_page("/tickets/new", javascript=False)
    keys = Keyboard(page)
    await expect(page.get_by_label("Phone")).to_be_focused()
    await keys.type("138001")
    await keys.tab_to(page.get_by_role("button", name="Look up"))
    await keys.press("Enter")
    await expect(page.locator("#customer-matches button")).to_have_count(2)
    await keys.tab_to(page.get_by_role("button", name="王小明"))
    await keys.press("Enter")
    await expect(page.get_by_label("Phone")).to_have_value("+8613800138000")
    await expect(page.locator("#customer-matches")).to_contain_text("In warranty until")
    await keys.tab_to(page.get_by_role("button", name="Haina KFR-35GW"))
    await keys.press("Enter")
    await expect(page.get_by_label("Serial number")).to_have_value("SN-7788")
    await expect(page.get_by_label("Product")).to_have_value("Haina KFR-35GW")
    await expect(page.locator("#asset")).to_contain_text("In warranty until")
    await keys.tab_to(page.locator("#f-description"))
    await keys.type("It rattles")
    await keys.press("Tab", "Enter")  # in the subject
    await expect(page.locator("#ticket-head h1")).to_have_text("It rattles")
    assert (await opened_ticket())[5] == "+8613800138000"
    purposes = await fetch("SELECT purpose FROM outbox")
    assert [row["purpose"] for row in purposes] == ["acknowledgement"]
    assert await fetch_value("SELECT actor FROM ticket_event ORDER BY id DESC") == "system"
    assert await fetch_value("SELECT actor FROM ticket_event WHERE actor LIKE 'staff:%'")


async def test_an_error_is_shown_at_its_field_and_input_is_kept(open_page: OpenPage):
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


async def test_an_unknown_customer_cannot_be_chosen(open_page: OpenPage):
    page = await open_page("/tickets/new")
    token = await page.locator("[name=_csrf_token]").first.input_value()
    refused = await page.request.post(
        "/tickets/new/find", form={"choose": "99", "_csrf_token": token}
    )
    assert refused.status == 404
    for nonsense in ("1" * 30, "x", "-1"):
        kept = await page.request.post(
            "/tickets/new/find", form={"choose": nonsense, "phone": "138", "_csrf_token": token}
        )
        assert 'value="138"' in await kept.text()


async def test_a_form_submitted_twice_opens_one_ticket(open_page: OpenPage):
    page = await open_page("/tickets/new")
    form: dict[str, str | float | bool] = {
        "description": "It drips",
        "phone": "13812345678",
        "channel": "call",
        "kind": "repair",
    }
    for name in ("_csrf_token", "nonce"):
        form[name] = await page.locator(f"[name={name}]").first.input_value()

    async def send(**changed: str) -> str:
        answer = await page.request.post("/tickets/new", form=form | changed, max_redirects=0)
        assert answer.status == 303, await answer.text()
        return answer.headers["location"]

    first, *again = await asyncio.gather(send(), send(), send())
    assert again == [first, first]
    assert await send() == first
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await send(description="Another problem, reported in the same call") != first
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
