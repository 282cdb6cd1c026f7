"""The queue in a real browser."""

import re
from datetime import timedelta

from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.live.publishing import ALL_TICKETS, publish_changes
from service_desk.tickets.progress import assign
from service_desk.workspace.queue_pages import queue_url, read_filters
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)


async def make_queue() -> list[str]:
    """Three tickets; in the order of the queue: safety, overdue, new."""
    now = wall_clock.now()
    safety = await make_ticket("The heater is on fire", phone="+8613800138001", at=now)
    overdue = await make_ticket(
        "Freezer does not freeze", phone="+8613800138002", at=now - 3 * HOUR
    )
    new = await make_ticket("烤箱门关不上", phone="+8613800138003", at=now)
    return [safety.number, overdue.number, new.number]


async def test_tickets_are_ranked_with_reasons(open_page: OpenPage):
    numbers = await make_queue()
    page = await open_page("/queue")
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(3)
    shown = [await rows.nth(row).get_attribute("id") for row in range(3)]
    assert shown == [f"row-{number}" for number in numbers]
    await expect(rows.nth(0)).to_contain_text("Safety")
    await expect(rows.nth(1).locator(".countdown")).to_have_text("1 h overdue")
    await expect(rows.nth(1).locator(".countdown")).to_have_class("countdown overdue")
    await expect(rows.nth(0).locator(".countdown")).to_contain_text("min")


async def test_the_countdown_counts(open_page: OpenPage):
    await make_ticket(at=wall_clock.now() - 2 * HOUR + timedelta(seconds=100))
    page = await open_page("/queue")
    first = await page.locator(".countdown").inner_text()
    await expect(page.locator(".countdown")).not_to_have_text(first)


async def test_the_countdown_follows_the_wall_clock(open_page: OpenPage):
    ticket = await make_ticket(at=wall_clock.now())
    page = await open_page("/queue")
    await expect(page.locator("section[data-live=open]")).to_have_count(1)
    await expect(page.locator(".countdown")).to_contain_text("1 h 59 min")
    wall_clock.set_offset(3 * 3600)
    try:
        await publish_changes(ALL_TICKETS)
        await expect(page.locator(".countdown")).to_contain_text("1 h overdue")
        await page.goto(f"/tickets/{ticket.number}")
        await expect(page.locator("section[data-live=open]")).to_have_count(1)
        wall_clock.set_offset(5 * 3600)
        await publish_changes(ALL_TICKETS)
        response = page.locator("#clocks li").first
        await expect(response.locator(".countdown")).to_contain_text("3 h overdue")
    finally:
        wall_clock.set_offset(0)


async def test_a_new_ticket_appears_without_a_reload(open_page: OpenPage):
    await make_queue()
    page = await open_page("/queue")
    await page.evaluate("window.sameDocument = true")
    await expect(page.locator("section[data-live=open]")).to_have_count(1)
    await page.locator("#f-q").evaluate("input => input.value = 'half typed'")
    ticket = await make_ticket("The kettle hums", phone="+8613800138009", at=wall_clock.now())
    row = page.locator(f"#row-{ticket.number}")
    await expect(row).to_be_visible()
    await expect(row).to_have_class(re.compile("arrived"))
    assert await page.evaluate("window.sameDocument")
    assert await page.locator("#f-q").input_value() == "half typed"
    await make_staff("supervisor")
    await assign(ticket.number, "supervisor@desk.test", staff_id=1, now=wall_clock.now())
    await expect(row.locator(".assignee")).to_have_text("Supervisor")


async def test_the_row_being_read_stays_where_it_is(open_page: OpenPage):
    now = wall_clock.now()
    for number in range(25):
        await make_ticket(phone=f"+861380013{number:04}", at=now - timedelta(minutes=number))
    page = await open_page("/queue")
    await expect(page.locator("section[data-live=open]")).to_have_count(1)
    read = page.locator("tbody tr").nth(12)
    name = await read.get_attribute("id")
    await read.scroll_into_view_if_needed()
    await page.mouse.wheel(0, 300)
    await page.wait_for_timeout(200)
    before = await page.locator(f"#{name}").bounding_box()
    urgent = await make_ticket("Smoke comes out", phone="+8613800139999", at=now)
    await expect(page.locator(f"#row-{urgent.number}")).to_be_attached()
    after = await page.locator(f"#{name}").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 3


async def test_keyboard_navigation(open_page: OpenPage):
    numbers = await make_queue()
    page = await open_page("/queue")
    for _ in range(2):
        await page.keyboard.press("j")
    await expect(page.locator(f"#t-{numbers[1]}")).to_be_focused()
    await page.keyboard.press("k")
    await expect(page.locator(f"#t-{numbers[0]}")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/tickets/{numbers[0]}")
    await page.go_back()
    await page.keyboard.press("/")
    await expect(page.locator("#f-q")).to_be_focused()
    await page.keyboard.type("jj")
    assert await page.locator("#f-q").input_value() == "jj"


async def test_filters_and_search(open_page: OpenPage):
    numbers = await make_queue()
    page = await open_page("/queue")
    await page.locator("summary", has_text="Search and filter").click()
    await page.get_by_label("Search", exact=True).fill("烤箱")
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody")).to_contain_text("烤箱门关不上")
    await page.get_by_role("link", name="Clear").click()
    await expect(page.locator("tbody tr")).to_have_count(3)
    await page.get_by_role("link", name="Overdue", exact=True).click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody tr")).to_have_id(f"row-{numbers[1]}")
    await page.goto("/queue?tier=A")
    await expect(page.get_by_text("No open tickets match.")).to_be_visible()
    await page.goto("/queue?after=nonsense")
    await expect(page.locator("main")).to_contain_text("not a cursor")


async def test_take_next_until_the_queue_is_empty(open_page: OpenPage):
    numbers = await make_queue()
    page = await open_page("/queue", javascript=False)
    for number in numbers:
        await page.goto("/queue")
        await page.get_by_role("button", name="Take next").click()
        await expect(page).to_have_url(f"{page.url.split('/tickets')[0]}/tickets/{number}")
        await expect(page.locator("#ticket-head")).to_contain_text("Assignee: Agent")
    await page.goto("/queue?assignee=me")
    await expect(page.locator("tbody tr")).to_have_count(3)
    await page.get_by_role("button", name="Take next").click()
    await expect(page.get_by_text("Every ticket is already assigned.")).to_be_visible()


async def test_the_queue_is_paged(open_page: OpenPage):
    for number in range(55):
        await make_ticket(phone=f"+861380013{number:04}", at=wall_clock.now())
    page = await open_page("/queue")
    await expect(page.locator("tbody tr")).to_have_count(50)
    first = await page.locator("tbody tr").first.get_attribute("id")
    await page.get_by_role("link", name="Next page").click()
    await expect(page.locator("tbody tr")).to_have_count(5)
    assert first
    assert first not in await page.content()


async def test_in_chinese_on_a_phone(open_page: OpenPage):
    numbers = await make_queue()
    page = await open_page("/queue", locale="zh", size=PHONE_SIZE)
    await expect(page.get_by_role("heading", name="工单队列")).to_be_visible()
    await expect(page.locator(f"#row-{numbers[1]}")).to_contain_text("超时1小时")
    assert await no_sideways_scroll(page)


async def test_a_resolved_ticket_leaves_the_open_page(open_page: OpenPage):
    numbers = await make_queue()
    staff = await make_staff("supervisor")
    page = await open_page("/queue")
    await expect(page.locator("section[data-live=open]")).to_have_count(1)
    await resolve(numbers[2], "A new hinge", staff_id=staff, now=wall_clock.now())
    await expect(page.locator(f"#row-{numbers[2]}")).to_have_count(0)


def test_read_filters():
    filters = read_filters(
        {"assignee": "me", "breached": "false", "overdue": "true", "q": "x"}, me="a@desk.test"
    )
    assert (filters.assignee, filters.breached, filters.q) == ("a@desk.test", False, "x")
    assert filters.overdue


def test_urls_keep_the_filters():
    assert queue_url({}) == "/queue"
    assert queue_url({"q": "漏水 a&b"}, after="X") == "/queue?q=%E6%BC%8F%E6%B0%B4+a%26b&after=X"
    assert queue_url({"q": "x"}, q=None) == "/queue"
