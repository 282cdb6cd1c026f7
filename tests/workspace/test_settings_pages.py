"""The settings page, in a real browser."""

from playwright.async_api import expect

from service_desk.database import fetch
from service_desk.rules.calendars.business_time import Calendar
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import NOW

OFFICE = Calendar(
    week={day: [("09:00", "12:00"), ("13:00", "18:00")] for day in ("mon", "tue")},
    public_holidays="CN",
)


async def test_policies_calendars_and_categories(open_page: OpenPage):
    await fetch(
        "INSERT INTO calendar_version (name, version, body, created_at) "
        "VALUES ('office', 2, $1, $2)",
        *(OFFICE, NOW),
    )
    page = await open_page("/settings", role="supervisor", locale="zh", size=PHONE_SIZE)
    safety = page.locator("#policies tr", has_text="安全").first
    await expect(safety).to_contain_text("15分钟")
    await expect(page.locator("main")).to_contain_text("09:00–12:00、13:00–18:00")
    await expect(page.locator("main")).to_contain_text("CN 法定节假日")
    await expect(page.locator(".tree").first).to_contain_text("起火冒烟")
    assert await no_sideways_scroll(page)
    page = await open_page("/settings", role="admin")
    await expect(page.locator("main")).to_contain_text("Fire and smoke")
