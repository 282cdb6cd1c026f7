"""Callbacks on the queue and on the ticket, in a real browser."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.linking.operations import merge
from service_desk.self_service.callbacks import request_callback
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import PHONE, make_staff, make_ticket
from tests.profiles import in_depth

WORDS = [
    ("en", "To call back", "Waiting for a callback, 20 min"),
    ("zh", "待回电", "等待回电 20分钟"),
]


@pytest.mark.nightly
@pytest.mark.parametrize(("locale", "tab", "badge"), in_depth(WORDS, WORDS[1:]))
async def test_from_the_queue_to_the_answered_call(
    open_page: OpenPage, locale: str, tab: str, badge: str
) -> None:
    requested_at = wall_clock.now() - timedelta(minutes=20, seconds=1)
    ticket = await make_ticket(at=requested_at)
    await make_ticket("Somebody else", phone="+8613800138001", at=requested_at)
    await request_callback(ticket.number, PHONE, now=requested_at)
    page = await open_page("/queue", locale=locale, size=PHONE_SIZE)
    await page.get_by_role("link", name=tab).click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody .badge.accent").first).to_contain_text(badge)
    assert await no_sideways_scroll(page)
    await page.locator("tbody a.subject").click()
    await expect(page.locator("#ticket-head a[href^='tel:']")).to_have_text(PHONE)
    await page.locator("[name=mode][value=call]").check()
    await page.locator("#f-body").fill("Explained it")
    await page.locator(".composer button.primary").click()
    await expect(page.locator("#ticket-head a[href^='tel:']")).to_have_count(0)
    await page.goto("/queue?callback=true")
    await expect(page.locator("tbody tr")).to_have_count(0)


async def test_the_number_to_call_after_a_merge_and_of_a_withheld_caller(
    open_page: OpenPage,
) -> None:
    staff, now = await make_staff(), wall_clock.now()
    one, two = await make_ticket("One", at=now), await make_ticket("Two", at=now)
    await request_callback(one.number, PHONE, now=now)
    await merge(one.number, two.number, staff_id=staff, now=now)
    page = await open_page(f"/tickets/{two.number}")
    await expect(page.locator("#ticket-head a[href^='tel:']")).to_have_text(PHONE)
    hidden = await make_ticket("Three", at=now, phone=None)
    await request_callback(hidden.number, None, now=now)
    await page.goto(f"/tickets/{hidden.number}")
    await expect(page.locator("#ticket-head .notice")).to_contain_text("number withheld")
