"""The box in every page's head, and what it finds."""

import pytest
from playwright.async_api import expect

from tests.browsing import PHONE, OpenPage, no_sideways_scroll
from tests.factories import make_ticket, solved
from tests.profiles import in_depth


async def test_the_box_of_any_page_finds_a_resolved_ticket(open_page: OpenPage) -> None:
    ticket = await make_ticket("Does not heat", phone="+8613812340777", kind="enquiry")
    await solved(ticket)
    page = await open_page("/dashboard")
    box = page.get_by_role("searchbox", name="Search everything")
    await box.fill("138 1234 0777")
    await box.press("Enter")
    hits = page.locator(".hits li")
    await expect(hits).to_have_count(2)
    await expect(hits.nth(1)).to_contain_text("Resolved")
    await hits.nth(1).get_by_role("link").click()
    await expect(page).to_have_url(f"/tickets/{ticket.number}")


@pytest.mark.nightly
@pytest.mark.parametrize("locale", in_depth(["en", "zh"], ["zh"]))
async def test_the_pages_fit_a_phone(open_page: OpenPage, locale: str) -> None:
    await make_ticket("热水器不热 " * 30, phone="+8613812340777")
    page = await open_page("/search?q=0777", size=PHONE, locale=locale)
    await no_sideways_scroll(page)
    await page.goto("/search?q=nothingofthatkind")
    await expect(page.locator(".empty")).to_be_visible()
    await page.goto("/tickets?q=0777")
    await no_sideways_scroll(page)
