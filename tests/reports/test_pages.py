"""The monthly analysis in a real browser."""

import pytest
from playwright.async_api import Page, expect

from service_desk import wall_clock
from service_desk.reports.operations import draft_ended_months
from tests.browsing import PHONE, OpenPage, no_sideways_scroll
from tests.factories import make_ticket
from tests.profiles import in_depth
from tests.reports.october import NOVEMBER_2ND, october, on


@pytest.fixture(autouse=True)
def in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_clock, "now", lambda: NOVEMBER_2ND)


# Where charts prove nothing, the fast profile draws none: they take most of a page's time.
either_way = pytest.mark.parametrize("javascript", in_depth([True, False], [False]))


async def drawn(page: Page) -> int:
    """Charts that ECharts has drawn something on."""
    await expect(page.locator(".chart canvas").first).to_be_visible()
    return await page.locator(".chart:has(canvas)").count()


@pytest.mark.nightly
@pytest.mark.parametrize("locale", in_depth(["en", "zh"], ["zh"]))
async def test_a_month_with_its_charts(open_page: OpenPage, locale: str) -> None:
    await october()
    page = await open_page("/reports/2026-10", locale=locale)
    tile = page.locator(".tile").first
    await expect(tile).to_contain_text({"en": "Tickets received", "zh": "收到工单"}[locale])
    await expect(tile.locator(".value")).to_have_text("4")
    assert await drawn(page) == await page.locator(".chart").count() >= 6
    noise = {"en": "Noise and vibration", "zh": "异响抖动"}[locale]
    await expect(page.get_by_role("cell", name=noise)).to_be_visible()


async def test_it_fits_a_phone(open_page: OpenPage) -> None:
    await october()
    page = await open_page("/reports/2026-10", size=PHONE, locale="zh")
    await drawn(page)
    assert await no_sideways_scroll(page)


async def test_without_javascript_the_tables_have_all_figures(open_page: OpenPage) -> None:
    await october()
    page = await open_page("/reports/2026-10", javascript=False)
    await expect(page.get_by_role("cell", name="Noise and vibration")).to_be_visible()
    week = page.get_by_role("region", name="When tickets arrive: hour and weekday")
    await expect(week.get_by_role("row", name="Thursday").locator(".shade-6")).to_have_text("1")


@pytest.mark.nightly
@either_way
async def test_from_the_list_to_a_month_its_neighbours_and_its_tickets(
    open_page: OpenPage, javascript: bool
) -> None:
    await october()
    page = await open_page("/reports", javascript=javascript)
    await page.get_by_role("link", name="2026-10").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("2026-10")
    await page.get_by_role("link", name="All tickets of the month").click()
    await expect(page.locator("tbody tr")).to_have_count(4)
    await page.go_back()
    await page.get_by_role("link", name="← 2026-09").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("2026-09")


async def test_tickets_are_paged(open_page: OpenPage) -> None:
    for n in range(51):
        await make_ticket("Loud", phone=f"+8613800138{n:03}", at=on(3))
    page = await open_page("/reports/2026-10/tickets")
    await page.get_by_role("link", name="Next page").click()
    await expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.nightly
@either_way
async def test_a_supervisor_writes_submits_and_signs(open_page: OpenPage, javascript: bool) -> None:
    await october()
    await draft_ended_months(NOVEMBER_2ND)
    page = await open_page(
        "/reports/2026-10", role="supervisor", email="sue@desk.test", javascript=javascript
    )
    await page.get_by_label("What", exact=True).first.fill("Call before every visit")
    await page.get_by_label("Who").first.fill("Ann")
    await page.get_by_label("By when").first.fill("2026-11-30")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Sign", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Signed")
    row = page.locator("#countermeasures tbody tr")
    await expect(row).to_contain_text("Call before every visit")
    await expect(row).to_contain_text("30 Nov 2026")
    await expect(page.locator("#countermeasures button")).to_have_count(0)


async def test_a_month_without_a_draft_can_be_drafted(open_page: OpenPage) -> None:
    await october()
    page = await open_page("/reports/2026-09", role="supervisor")
    await page.get_by_role("button", name="Draft now").click()
    await expect(page.get_by_role("button", name="Submit")).to_be_visible()


@pytest.mark.nightly
@either_way
async def test_an_agent_can_read_but_not_sign(open_page: OpenPage, javascript: bool) -> None:
    await october()
    await draft_ended_months(NOVEMBER_2ND)
    page = await open_page("/reports/2026-10", javascript=javascript)
    await expect(page.locator("#countermeasures button")).to_have_count(0)


@pytest.mark.nightly
@either_way
async def test_a_refusal_is_shown_on_the_page(open_page: OpenPage, javascript: bool) -> None:
    await october()
    await draft_ended_months(NOVEMBER_2ND)
    page = await open_page(
        "/reports/2026-10", role="supervisor", locale="zh", javascript=javascript
    )
    other = await page.context.new_page()
    await other.goto("/reports/2026-10")
    await other.get_by_role("button", name="提交").click()
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_role("alert")).to_contain_text("只有草稿可以提交")


async def test_a_month_without_tickets(open_page: OpenPage) -> None:
    page = await open_page("/reports/2026-10")
    await expect(page.get_by_text("No tickets in this month")).to_be_visible()
    await expect(page.locator("script[src*=echarts]")).to_have_count(0)
