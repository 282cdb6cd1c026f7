"""The revisit page in a real browser."""

from datetime import date, timedelta

import pytest
from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.rules.customers.revisit_cadence import RevisitPolicy
from service_desk.settings import get_settings
from tests.browsing import PHONE, OpenPage, no_sideways_scroll
from tests.factories import make_staff, make_ticket
from tests.revisits.calling import create_customer


def today() -> date:
    """Asked anew each time: a run of the tests may pass midnight."""
    return wall_clock.now().astimezone(get_settings().zone).date()


def later() -> str:
    """The column that holds the day after tomorrow."""
    return "Next week" if today().isoweekday() >= 6 else "This week"


async def planned(days: int, name: str, assignee: int | None = None, **columns: object) -> None:
    """A revisit due `days` from today."""
    customer = await create_customer("A", name=name)
    due = today() + timedelta(days=days)
    await fetch(
        "INSERT INTO revisit (customer, kind, target_on, due_on, assignee, state, attempts, note, "
        "ticket, created_at) VALUES ($1, 'call', $5, $2, $3, $4, 0, '', $6, now())",
        *(customer, due, assignee, columns.get("state", "planned")),
        *(columns.get("target", due), columns.get("ticket")),
    )


async def test_three_columns(open_page: OpenPage) -> None:
    for days, name in ((-2, "Overdue"), (0, "Now"), (1, "Next"), (2, "Later"), (9, "Far")):
        await planned(days, name)
    await planned(0, "Complaining", state="held")
    page = await open_page("/revisits")

    async def shown(column: str) -> list[str]:
        links = page.get_by_role("region", name=column, exact=True).locator("a[href^='/customers']")
        return await links.all_inner_texts()

    assert await shown("Today") == ["Overdue", "Now"]
    assert await shown("Tomorrow") == ["Next"]
    assert await shown(later()) == ["Later"]
    await expect(page.get_by_text("On hold: open complaint")).to_be_visible()
    await expect(page.locator(".revisit.overdue")).to_contain_text("since")


async def test_a_revisit_planned_early_is_not_overdue(open_page: OpenPage) -> None:
    await planned(-2, "Pulled forward", target=today())
    page = await open_page("/revisits")
    column = page.get_by_role("region", name="Today", exact=True)
    await expect(column.locator(".revisit")).to_contain_text("Pulled forward")
    await expect(page.locator(".revisit.overdue")).to_have_count(0)
    await expect(page.get_by_text("since")).to_have_count(0)


async def test_the_complaint_number_is_apart_from_the_day(open_page: OpenPage) -> None:
    ticket = await make_ticket()
    id_ = await fetch_value("SELECT id FROM ticket WHERE number = $1", ticket.number)
    await planned(2, "Li Wei", ticket=id_)
    page = await open_page("/revisits", locale="zh")
    number = await page.get_by_role("link", name=ticket.number).bounding_box()
    day = await page.locator(".revisit p .hint").last.bounding_box()
    assert number
    assert day
    assert day["x"] >= number["x"] + number["width"] + 8


async def test_a_full_week_is_folded(open_page: OpenPage) -> None:
    for number in range(40):
        await planned(2, f"Customer {number}")
    page = await open_page("/revisits")
    week = page.get_by_role("region", name=later(), exact=True)
    await expect(week.locator("article:visible")).to_have_count(10)
    assert await page.evaluate("document.documentElement.scrollHeight") < 3000
    await week.get_by_text("30 more").click()
    await expect(week.locator("article:visible")).to_have_count(40)


async def test_an_outcome_is_recorded(open_page: OpenPage) -> None:
    await planned(0, "Li Wei")
    page = await open_page("/revisits")
    card = page.locator(".revisit")
    await card.get_by_text("What to ask").click()
    await expect(card).to_contain_text("Are you still the right person to call")
    await card.locator("summary", has_text="Outcome").click()
    await card.get_by_label("Reached").check()
    await card.get_by_label("Note").fill("All fine")
    await card.get_by_role("button", name="Record").click()
    await expect(page.get_by_text("No more calls today.")).to_be_visible()
    assert await fetch_value("SELECT note FROM contact_log") == "All fine"


async def test_no_answer_comes_back(open_page: OpenPage) -> None:
    await planned(0, "Li Wei")
    page = await open_page("/revisits", locale="zh")
    card = page.locator(".revisit")
    await card.locator("summary", has_text="结果").click()
    await card.get_by_label("无人接听").check()
    await card.get_by_role("button", name="登记").click()
    await expect(page.locator(".revisit")).to_contain_text("已尝试 1 次")


async def test_a_concurrent_outcome_is_shown(open_page: OpenPage) -> None:
    await planned(0, "Li Wei")
    await planned(0, "Wang Fang")
    page = await open_page("/revisits")
    await fetch("UPDATE revisit SET state = 'done' WHERE id = 1")
    card = page.locator("#revisit-1")
    await card.locator("summary", has_text="Outcome").click()
    await card.get_by_label("Reached").check()
    await card.get_by_role("button", name="Record").click()
    await expect(page.get_by_role("alert")).to_contain_text("This revisit is Done")


async def test_mine(open_page: OpenPage) -> None:
    me, other = await make_staff(), await make_staff("supervisor")
    await planned(0, "Mine", me)
    await planned(0, "Theirs", other)
    page = await open_page("/revisits")
    await expect(page.locator(".revisit")).to_have_count(2)
    await page.get_by_role("link", name="Mine", exact=True).first.click()
    await expect(page.locator(".revisit")).to_have_count(1)
    await page.locator("summary", has_text="Outcome").click()
    await page.get_by_label("Refused").check()
    await page.get_by_role("button", name="Record").click()
    await expect(page).to_have_url(page.url.split("/revisits")[0] + "/revisits?assignee=me")


async def test_on_a_phone(open_page: OpenPage) -> None:
    await planned(0, "Li Wei")
    page = await open_page("/revisits", size=PHONE)
    assert await no_sideways_scroll(page)


@pytest.mark.parametrize(("role", "regions"), [("supervisor", 1), ("agent", 0)])
async def test_only_supervisors_see_unplanned_revisits(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, role: str, regions: int
) -> None:
    await make_staff("agent")
    no_capacity = RevisitPolicy(daily_capacity=0)
    monkeypatch.setattr("service_desk.revisits.planning.POLICY", no_capacity)
    customer = await create_customer("A", name="Zhang San")
    page = await open_page("/revisits", role=role, locale="zh", size=PHONE)
    left = page.get_by_role("region", name="排不下的回访")
    await expect(left).to_have_count(regions)
    assert await no_sideways_scroll(page)
    if regions:
        await expect(left.get_by_role("link", name="Zhang San")).to_have_attribute(
            "href", f"/customers/{customer}"
        )
