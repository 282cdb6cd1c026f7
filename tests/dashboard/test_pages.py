"""The dashboard and the bell, in a real browser."""

import asyncio
from datetime import datetime, timedelta

from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.clocks.alerts import send_alert_digests
from service_desk.clocks.rows import raise_alerts
from service_desk.clocks.sweep import record_due_levels
from service_desk.dashboard.operations import mark_alerts_seen
from service_desk.dashboard.queries import (
    count_overdue,
    count_unseen_alerts,
    latest_alerts,
    latest_breaches,
    open_work_counts,
)
from service_desk.database import fetch, fetch_value, transaction
from service_desk.i18n.twilio_codes import describe_error
from service_desk.rules.clocks.changes import LevelDue
from service_desk.tickets.conversation import reply
from service_desk.tickets.progress import assign, record_plan, resolve, wait
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import make_staff, make_ticket


async def make_a_bad_day() -> str:
    """A ticket three hours old that nobody answered; supervisors were told. Its number."""
    now = wall_clock.now()
    await make_staff("supervisor", name="Mei Chen")
    ticket = await make_ticket("Freezer does not freeze", at=now - timedelta(hours=3))
    await record_due_levels(now)
    await send_alert_digests(now)
    return ticket.number


async def test_it_shows_what_breached_and_who_was_told(open_page: OpenPage):
    number = await make_a_bad_day()
    await fetch("UPDATE outbox SET state = 'unknown', error = 'timed out', ticket = 1")
    page = await open_page("/dashboard", role="supervisor")
    await expect(page.locator(".key-figures .bad", has_text="overdue now")).to_contain_text("1")
    await expect(page.locator("#alerts")).to_contain_text("supervisor@desk.test")
    await expect(page.locator("#outbox")).to_contain_text("Outcome unknown")
    await expect(page.locator("#outbox")).to_contain_text("timed out")
    await page.get_by_role("link", name="overdue now").click()
    await expect(page.locator(f"#row-{number}")).to_be_visible()


async def test_the_list_behind_the_figure_is_what_was_counted(open_page: OpenPage):
    now = wall_clock.now()
    agent = await make_staff()
    late = await make_a_bad_day()
    answered_late = (
        await make_ticket("It drips", phone="+8613800138001", at=now - timedelta(hours=3))
    ).number
    await reply(answered_late, "We come tomorrow", staff_id=agent, now=now)
    waits = (
        await make_ticket("It hums", phone="+8613800138002", at=now - timedelta(hours=60))
    ).number
    early = {"staff_id": agent, "now": now - timedelta(hours=59)}
    await reply(waits, "Hello", **early)
    await record_plan(waits, diagnosis="Fan", plan="New fan", **early)
    await wait(waits, "customer", staff_id=agent, now=now)
    resolved = (
        await make_ticket("It stinks", phone="+8613800138003", at=now - timedelta(hours=60))
    ).number
    await resolve(resolved, "Cleaned", staff_id=agent, now=now)
    page = await open_page("/dashboard", role="supervisor")
    figure = page.locator(".key-figures li", has_text="overdue now")
    await expect(figure.locator("strong")).to_have_text("2")
    await figure.get_by_role("link").click()
    await expect(page.locator("nav.tabs a[aria-current=page]")).to_have_text("Overdue")
    rows = page.locator("#queue tbody tr")
    await expect(rows).to_have_count(2)
    for number in (late, waits):
        await expect(page.locator(f"#row-{number}")).to_be_visible()
    # Paused when it was late already: no clock counts down, it is overdue all the same.
    await expect(page.locator(f"#row-{waits} .due")).to_contain_text("Overdue")
    await page.goto(page.url.replace("overdue=true", "breached=true"))
    await expect(page.locator(f"#row-{answered_late}")).to_be_visible()


async def test_in_chinese_on_a_phone(open_page: OpenPage):
    await make_a_bad_day()
    page = await open_page("/dashboard", locale="zh", size=PHONE_SIZE)
    await expect(page.get_by_role("heading", name="超时记录")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("所有消息均已送达")
    assert await no_sideways_scroll(page)


async def test_the_bell_rings_for_ones_own_and_for_the_supervisor(open_page: OpenPage):
    number = await make_a_bad_day()
    page = await open_page("/dashboard", role="agent")
    await expect(page.locator(".bell")).to_contain_text("0 tickets are overdue")
    await assign(number, "agent@desk.test", staff_id=1, now=wall_clock.now())
    await page.reload()
    await expect(page.locator(".bell")).to_contain_text("1 ticket is overdue")
    page = await open_page("/dashboard", role="supervisor", email="supervisor@desk.test")
    await expect(page.locator(".bell .count")).to_have_text("1")


async def test_figures(desk: str):
    number = await make_a_bad_day()
    now = wall_clock.now()
    figures = await open_work_counts(now)
    assert (figures.open, figures.unassigned, figures.overdue, figures.received) == (1, 1, 1, 1)
    assert [(row.number, row.clock, row.met_at) for row in await latest_breaches()] == [
        (number, "response", None)
    ]
    staff = await make_staff("agent")
    assert await count_overdue(now, None) == 1
    assert await count_overdue(now, staff) == 0
    await reply(number, "We are on it", staff_id=staff, now=now)
    assert (await latest_breaches())[0].met_at is not None
    assert await count_overdue(now, None) == 0


async def test_who_was_told_is_found_for_each_alert(desk: str):
    await make_a_bad_day()
    alerts = await latest_alerts(staff_id=1)
    told = {(alert.clock, alert.percent): alert.told for alert in alerts}
    assert told["response", 50] == []
    assert told["response", 100] == ["supervisor@desk.test"]
    assert await fetch_value("SELECT count(*) FROM staff_alert") == len(told)


async def test_what_is_told_in_the_app_reaches_the_bell_of_those_it_is_for(open_page: OpenPage):
    """At 50 % the assignee; what has no assignee, supervisors; until they look, or it is over."""
    now = wall_clock.now()
    page = await open_page("/queue", role="agent")
    agent = await fetch_value("SELECT id FROM staff")
    other = await make_staff("agent", "other@desk.test")
    boss = await make_staff("supervisor")
    mine = (await make_ticket("Mine", at=now - timedelta(minutes=61))).number
    await assign(mine, "agent@desk.test", staff_id=agent, now=now - timedelta(minutes=61))
    nobodys = await make_ticket("Nobody's", at=now - timedelta(minutes=62))
    await record_due_levels(now)
    assert [await count_unseen_alerts(one) for one in (agent, other, boss)] == [1, 0, 1]
    assert [alert.number for alert in await latest_alerts(boss)] == [nobodys.number]

    await page.reload()
    await expect(page.locator(".bell .fresh")).to_have_text("1")
    await expect(page.locator(".bell")).to_contain_text("0 tickets are overdue")
    await page.locator(".bell").click()
    line = page.locator("#alerts tbody tr")
    await expect(line).to_have_count(1)
    await expect(line).to_contain_text("Unseen")
    await expect(line).to_contain_text("Mine")
    await expect(page.locator(".bell")).to_contain_text("0 new alerts")
    await page.reload()
    await expect(page.locator("#alerts")).not_to_contain_text("Unseen")

    await reply(nobodys.number, "We are on it", staff_id=boss, now=now)
    assert await count_unseen_alerts(boss) == 0  # nothing is left to be warned of


async def test_the_bell_of_an_open_page_rings_by_itself(open_page: OpenPage):
    now = wall_clock.now()
    page = await open_page("/queue", role="agent")
    agent = await fetch_value("SELECT id FROM staff")
    await expect(page.locator(".bell")).to_contain_text("0 new alerts")
    mine = (await make_ticket("Mine", at=now - timedelta(minutes=61))).number
    await assign(mine, "agent@desk.test", staff_id=agent, now=now)
    await record_due_levels(now)
    await expect(page.locator(".bell .fresh")).to_have_text("1", timeout=15_000)


async def test_an_alert_that_is_just_being_written_is_not_looked_past(desk: str):
    """It has its number before the newest that can be seen, and is committed after the look."""
    boss = await make_staff("supervisor")
    now = wall_clock.now()
    for subject in ("Slow", "Fast"):
        await make_ticket(subject, at=now - timedelta(minutes=61))
    written = asyncio.Event()

    async def write_slowly() -> None:
        async with transaction():
            await raise_alerts([1], [level_due(now)], now)
            written.set()
            await asyncio.sleep(0.2)

    slow = asyncio.create_task(write_slowly())
    await asyncio.wait_for(written.wait(), 5)
    await raise_alerts([2], [level_due(now)], now)
    await mark_alerts_seen(boss)
    await asyncio.wait_for(slow, 5)
    assert await fetch_value("SELECT count(*) FROM staff_alert") == 2
    assert await count_unseen_alerts(boss) == 0
    assert await fetch_value("SELECT last_seen_alert FROM staff WHERE id = $1", boss) == 2


def level_due(now: datetime) -> LevelDue:
    return LevelDue("response", 1, 50, now, ("in_app",))


async def trouble(count: int, state: str, **columns: object) -> None:
    given = {"purpose": "reply", "error": None, "provider_id": None, "created_at": wall_clock.now()}
    row = given | columns
    await fetch(
        "INSERT INTO outbox (channel, recipient, subject, body, purpose, state, attempts, error, "
        "provider_id, created_at) SELECT 'sms', '+86138' || n, '', 'x', $2, $3, 1, $4, "
        "$5 || n, $6 FROM generate_series(1, $1) AS n",
        *(count, row["purpose"], state, row["error"], row["provider_id"], row["created_at"]),
    )


async def test_what_is_to_be_decided_comes_first_and_all_can_be_reached(open_page: OpenPage):
    await trouble(1, "unknown")
    await trouble(1, "failed")
    await trouble(40, "undelivered", provider_id="SM", error=describe_error(30003))
    await trouble(
        40, "undelivered", purpose="auto_reply", provider_id="SB", error=describe_error(21610)
    )
    page = await open_page("/dashboard", role="supervisor", javascript=False)
    rows = page.locator("#outbox tbody tr")
    await expect(rows).to_have_count(30)
    await expect(rows.nth(0)).to_contain_text("Outcome unknown")
    await expect(rows.nth(1)).to_contain_text("Failed")
    await page.get_by_role("link", name="Next page").click()
    await expect(rows).to_have_count(12)
    await expect(page.locator("#outbox")).not_to_contain_text("opted out")


async def test_what_failed_is_sent_again_at_once_and_nothing_else(open_page: OpenPage):
    await trouble(2, "failed")
    await trouble(1, "failed", created_at=wall_clock.now() - timedelta(days=8))
    await trouble(1, "failed", provider_id="SM")
    await trouble(1, "unknown")
    page = await open_page("/dashboard", locale="zh", role="supervisor", javascript=False)
    await page.get_by_role("button", name="全部重新发送 (2)").click()
    await expect(page.locator("#outbox")).to_contain_text("已重新发送 2 条消息")
    await expect(page.get_by_role("button", name="全部重新发送")).to_have_count(0)
    states = await fetch("SELECT state FROM outbox ORDER BY id")
    assert [row["state"] for row in states] == ["queued"] * 2 + ["failed"] * 2 + ["unknown"]


async def test_an_agent_sends_again_one_by_one(open_page: OpenPage):
    await trouble(2, "failed")
    page = await open_page("/dashboard", javascript=False)
    await expect(page.get_by_role("button", name="Send again")).to_have_count(2)
    await expect(page.get_by_role("button", name="Send all again")).to_have_count(0)
