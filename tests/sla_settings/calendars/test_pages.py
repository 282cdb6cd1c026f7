"""Calendars on the settings pages, in a real browser."""

from datetime import date

import pytest
from playwright.async_api import Page, expect

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.rules.calendars.known_holidays import adjusted_until, with_stored_holidays
from service_desk.sla_settings.calendars.pages import default_calendar
from service_desk.sla_settings.editing import save_calendar
from tests.browsing import PHONE, OpenPage, no_sideways_scroll
from tests.factories import make_staff, make_ticket
from tests.profiles import in_depth
from tests.rules.calendars.holidays_announced import announce
from tests.sla_settings.edits import Edit


async def preview(page: Page) -> None:
    await page.locator("form.terms button.primary").click()


async def make_office() -> None:
    """As the page offers a new calendar."""
    by = Edit(staff_id=await make_staff("supervisor"), now=wall_clock.now(), apply_to_open=False)
    await save_calendar("office", default_calendar(), **by)


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", in_depth([True, False], [False]))
async def test_created_edited_and_used(open_page: OpenPage, javascript: bool) -> None:
    page = await open_page("/settings", role="supervisor", javascript=javascript)
    await page.get_by_role("link", name="Add a calendar").click()
    await page.get_by_label("Name").fill("office")
    await page.get_by_label("Saturday").fill("9-12")
    await page.get_by_label("Closed dates").fill("2027-03-01 – 2027-03-02")
    await page.get_by_label("Dates with special hours").fill("2027-03-07: 10:00-24:00")
    await preview(page)
    await expect(page.locator(".changes")).to_contain_text("Saturday")
    special = page.locator("#special tr", has_text="Mar 2027")
    await expect(special.first).to_contain_text("1 Mar 2027 – 2 Mar 2027")
    await expect(special.nth(1)).to_contain_text("10:00–24:00")
    await expect(page.locator("#special")).to_contain_text("1 Jan 2027")  # China's New Year's Day
    await page.get_by_role("button", name="Save for new tickets only").click()
    await expect(page.locator("#calendars")).to_contain_text("09:00–12:00, 13:00–18:00")
    body = await fetch_value("SELECT body FROM calendar_version")
    assert body["week"]["sat"] == [["09:00", "12:00"]]
    assert body["closed_dates"] == ["2027-03-01", "2027-03-02"]

    await page.goto("/settings/policy?name=standard")
    await page.get_by_label("Business calendar").select_option("office")
    await preview(page)
    await page.get_by_role("button", name="Save for new tickets only").click()
    number = (await make_ticket(at=wall_clock.now())).number
    await page.get_by_role("link", name="office").click()
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        await page.get_by_label(day).fill("")
    await preview(page)
    await expect(page.locator("#effect")).to_contain_text("due time of 1 open ticket")
    await expect(page.locator("#effect .moved li").first).to_contain_text(number)
    await page.get_by_role("button", name="Save, and apply to open tickets too").click()
    await expect(page.locator("#rollouts")).to_contain_text("in progress")
    await page.get_by_role("link", name="office").click()
    await expect(page.locator(".versions > li").first).to_contain_text(
        "09:00–12:00, 13:00–18:00 → closed"
    )


async def test_errors_are_shown_at_the_field_until_it_is_corrected(open_page: OpenPage) -> None:
    await make_office()
    page = await open_page(
        "/settings/calendar?name=office", role="supervisor", locale="zh", size=PHONE
    )
    for name, typed, message in (
        ("week.mon", "9-13, 12-18", "星期一: 09:00–13:00 与 12:00–18:00 重叠，请合并为一段。"),
        ("week.tue", "morning", "星期二: “morning”不是营业时间"),
        ("tz", "Moon", "时区: “Moon”不是时区名称"),
        ("public_holidays", "XX", "法定节假日: 无法识别“XX”"),
        ("closed_dates", "2026-13-01", "休息日期: “2026-13-01”不是有效日期"),
        ("date_hours", "2026-10-10: 25-26", "特定日期的营业时间: “25:00”不是"),
    ):
        field = page.locator(f"[name='{name}']")
        before = await field.input_value()
        await field.fill(typed)
        await preview(page)
        await expect(page.get_by_role("alert")).to_contain_text(message)
        await expect(page.locator(f".refused [name='{name}']")).to_have_value(typed)
        await expect(page.locator(".refused .error")).to_contain_text(message.partition(": ")[2])
        assert await no_sideways_scroll(page)
        await field.fill(before)
    assert len(await fetch("SELECT FROM calendar_version")) == 1


async def test_no_opening_hours_and_a_name_in_use(open_page: OpenPage) -> None:
    await make_office()
    page = await open_page("/settings/calendar", role="supervisor")
    await page.get_by_label("Name").fill("office")
    await preview(page)
    await expect(page.get_by_role("alert")).to_contain_text("has saved version 1")
    await page.get_by_label("Name").fill("night")
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        await page.get_by_label(day).fill("")
    await preview(page)
    await expect(page.get_by_role("alert")).to_contain_text(
        "Opening hours: This calendar has no opening hours; add some."
    )


async def test_back_to_editing_keeps_the_input(open_page: OpenPage) -> None:
    page = await open_page("/settings/calendar", role="supervisor", locale="zh")
    await page.locator("[name=name]").fill("办公时间")
    await page.locator("[name='week.sun']").fill("10至12")
    await preview(page)
    await page.get_by_role("button", name="返回修改").click()
    await expect(page.locator("[name=name]")).to_have_value("办公时间")
    await expect(page.locator("[name='week.sun']")).to_have_value("10:00–12:00")
    await preview(page)
    await page.locator("button[value=new]").click()
    await expect(page.locator("#calendars")).to_contain_text("办公时间")


@pytest.mark.nightly
@pytest.mark.parametrize("locale", in_depth(["en", "zh"], ["zh"]))
async def test_later_announcements_are_offered_as_a_new_version(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    english = locale == "en"
    await make_office()
    page = await open_page("/settings", role="supervisor", locale=locale, size=PHONE)
    year = wall_clock.now().year + 1
    known = adjusted_until(with_stored_holidays(default_calendar(), wall_clock.now().date()))
    until = f"known until {known}" if english else f"已知至 {known} 年"
    await expect(page.locator("#calendars")).to_contain_text(until)
    await page.get_by_role("link", name="office").click()
    await expect(page.locator("form.terms")).to_contain_text(until)
    await expect(page.locator("#holidays")).to_have_count(0)

    off, worked = date(year, 3, 10), date(year, 3, 13)
    announce(monkeypatch, off, worked)
    await page.goto("/settings")
    notice = page.locator("#calendars").get_by_role("status")
    await expect(notice).to_contain_text(str(year))
    assert await no_sideways_scroll(page)
    await notice.get_by_role("link").click()
    changed = page.locator("#holidays .changes")
    saturday = "13 Mar" if english else "3月13日"
    days = f"Adjusted working days of {year}" if english else f"{year} 年调休上班日"
    await expect(changed).to_contain_text(days)
    await expect(changed).to_contain_text("10 Mar" if english else "3月10日")
    assert await no_sideways_scroll(page)
    await page.locator("#holidays .button").click()
    await expect(page.locator(".changes")).to_contain_text(saturday)
    await expect(page.locator("#special tr", has_text=str(year)).first).to_be_visible()
    assert await no_sideways_scroll(page)
    assert await fetch_value("SELECT count(*) FROM calendar_version") == 1
    await page.locator("button[value=new]").click()
    await expect(page.locator("#calendars")).to_contain_text(str(year))
    await expect(page.locator("#calendars").get_by_role("status")).to_have_count(0)
    body = await fetch_value("SELECT body FROM calendar_version WHERE retired_at IS NULL")
    assert str(off) in body["known_holidays"]["closed"]
    assert body["known_holidays"]["adjusted_workdays"][-1] == str(worked)
    await page.get_by_role("link", name="office").click()
    await expect(page.locator(".versions > li").first).to_contain_text(saturday)
