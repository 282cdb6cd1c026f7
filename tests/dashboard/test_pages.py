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
    open_work,
)
from service_desk.database import fetch, fetch_value, transaction
from service_desk.i18n.twilio_codes import describe_error
from service_desk.rules.clocks.changes import LevelDue
from service_desk.tickets.conversation import reply
from service_desk.tickets.progress import assign, record_plan, wait
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import make_staff, make_ticket, resolve


async def unanswered_ticket() -> str:
    """A ticket three hours old without an answer, supervisors notified. Its number."""
    now = wall_clock.now()
    await make_staff("supervisor", name="Mei Chen")
    ticket = await make_ticket("Freezer does not freeze", at=now - timedelta(hours=3))
    await record_due_levels(now)
    await send_alert_digests(now)
    return ticket.number


async def test_it_shows_breaches_and_who_was_notified(open_page: OpenPage):
    number = await unanswered_ticket()
    await fetch("UPDATE outbox SET state = 'unknown', error = 'timed out', ticket = 1")
    page = await open_page("/dashboard", role="supervisor")
    await expect(page.locator(".key-figures .bad", has_text="overdue now")).to_contain_text("1")
    await expect(page.locator("#alerts")).to_contain_text("supervisor@desk.test")
    await expect(page.locator("#outbox")).to_contain_text("Outcome unknown")
    await expect(page.locator("#outbox")).to_contain_text("timed out")
    await page.get_by_role("link", name="overdue now").click()
    await expect(page.locator(f"#row-{number}")).to_be_visible()


async def test_the_overdue_figure_links_to_the_tickets_it_counts(open_page: OpenPage):
    now = wall_clock.now()
    agent = await make_staff()
    late = await unanswered_ticket()
    answered_late = (
        await make_ticket("It drips", phone="+8613800138001", at=now - timedelta(hours=3))
    ).number
    await reply(answered_late, "We come tomorrow", staff_id=agent, now=now)
    waits = (
        await make_ticket("It hums", phone="+8613800138002", at=now - timedelta(hours=60))
    ).number
    early = now - timedelta(hours=59)
    await reply(waits, "Hello", staff_id=agent, now=early)
    await record_plan(waits, diagnosis="Fan", plan="New fan", staff_id=agent, now=early)
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
    # Paused when already late: no clock counts down, but it is overdue.
    await expect(page.locator(f"#row-{waits} .due")).to_contain_text("Overdue")
    await page.goto(page.url.replace("overdue=true", "breached=true"))
    await expect(page.locator(f"#row-{answered_late}")).to_be_visible()


async def test_in_chinese_on_a_phone(open_page: OpenPage):
    await unanswered_ticket()
    page = await open_page("/dashboard", locale="zh", size=PHONE_SIZE)
    await expect(page.get_by_role("heading", name="超时记录")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("所有消息均已送达")
    assert await no_sideways_scroll(page)


async def test_the_bell_counts_an_agents_own_and_all_for_a_supervisor(open_page: OpenPage):
    number = await unanswered_ticket()
    page = await open_page("/dashboard", role="agent")
    await expect(page.locator(".bell")).to_contain_text("0 tickets are overdue")
    await assign(number, "agent@desk.test", staff_id=1, now=wall_clock.now())
    await page.reload()
    await expect(page.locator(".bell")).to_contain_text("1 ticket is overdue")
    page = await open_page("/dashboard", role="supervisor", email="supervisor@desk.test")
    await expect(page.locator(".bell .count")).to_have_text("1")
    spoken = page.get_by_role("link", name="Alerts: 1 ticket is overdue, 0 new alerts")
    await expect(spoken).to_have_count(1)


async def test_counts_and_breaches(desk: str):
    number = await unanswered_ticket()
    now = wall_clock.now()
    counts = await open_work(now)
    assert (counts.open, counts.unassigned, counts.overdue, counts.received) == (1, 1, 1, 1)
    assert [(row.number, row.clock, row.met_at) for row in await latest_breaches()] == [
        (number, "response", None)
    ]
    staff = await make_staff("agent")
    assert await count_overdue(now, None) == 1
    assert await count_overdue(now, staff) == 0
    await reply(number, "We are on it", staff_id=staff, now=now)
    assert (await latest_breaches())[0].met_at is not None
    assert await count_overdue(now, None) == 0


async def test_alerts_show_who_was_notified(desk: str):
    await unanswered_ticket()
    alerts = await latest_alerts(staff_id=1)
    notified = {(alert.clock, alert.percent): alert.notified for alert in alerts}
    assert notified["response", 50] == []
    assert notified["response", 100] == ["supervisor@desk.test"]
    assert await fetch_value("SELECT count(*) FROM staff_alert") == len(notified)


async def test_in_app_alerts_reach_the_bell_of_their_recipients(open_page: OpenPage):
    """At 50 % the assignee's, without one everybody's; until they look or the clock ends."""
    now = wall_clock.now()
    page = await open_page("/queue", role="agent")
    agent = await fetch_value("SELECT id FROM staff")
    other = await make_staff("agent", "other@desk.test")
    boss = await make_staff("supervisor")
    mine = (await make_ticket("Mine", at=now - timedelta(minutes=61))).number
    await assign(mine, "agent@desk.test", staff_id=agent, now=now - timedelta(minutes=61))
    nobodys = await make_ticket("Nobody's", at=now - timedelta(minutes=62))
    await record_due_levels(now)
    assert [await count_unseen_alerts(one) for one in (agent, other, boss)] == [2, 1, 1]
    assert [alert.number for alert in await latest_alerts(boss)] == [nobodys.number]

    await page.reload()
    await expect(page.locator(".bell .unseen")).to_have_text("2")
    await expect(page.locator(".bell")).to_contain_text("0 tickets are overdue")
    await page.locator(".bell").click()
    lines = page.locator("#alerts tbody tr")
    await expect(lines).to_have_count(2)
    await expect(lines.filter(has_text="Unseen")).to_have_count(2)
    await expect(lines.filter(has_text="Mine")).to_have_count(1)
    await expect(page.locator("#notifications tbody tr")).to_have_count(0)  # not there again
    await expect(page.locator(".bell")).to_contain_text("0 new alerts")
    await page.reload()
    await expect(page.locator("#alerts")).not_to_contain_text("Unseen")

    await reply(nobodys.number, "We are on it", staff_id=boss, now=now)
    assert await count_unseen_alerts(boss) == 0  # its clock has ended


async def test_the_bell_of_an_open_page_updates_live(open_page: OpenPage):
    now = wall_clock.now()
    page = await open_page("/queue", role="agent")
    agent = await fetch_value("SELECT id FROM staff")
    await expect(page.locator(".bell")).to_contain_text("0 new alerts")
    mine = (await make_ticket("Mine", at=now - timedelta(minutes=61))).number
    await assign(mine, "agent@desk.test", staff_id=agent, now=now)
    await record_due_levels(now)
    await expect(page.locator(".bell .unseen")).to_have_text("1", timeout=15_000)


async def test_an_alert_being_written_is_not_marked_seen(desk: str):
    """Its number is lower than the newest visible one, and it is committed after the look."""
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
    async with transaction():
        await raise_alerts([2], [level_due(now)], now)
    await mark_alerts_seen(boss)
    await asyncio.wait_for(slow, 5)
    assert await fetch_value("SELECT count(*) FROM staff_alert") == 2
    assert await count_unseen_alerts(boss) == 0
    assert await fetch_value("SELECT last_seen_alert FROM staff WHERE id = $1", boss) == 2


def level_due(now: datetime) -> LevelDue:
    return LevelDue("response", 1, 50, now, ("in_app",))


async def failed_messages(count: int, state: str, **columns: object) -> None:
    given = {"purpose": "reply", "error": None, "provider_id": None, "created_at": wall_clock.now()}
    row = given | columns
    await fetch(
        "INSERT INTO outbox (channel, recipient, subject, body, purpose, state, attempts, error, "
        "provider_id, created_at) SELECT 'sms', '+86138' || n, '', 'x', $2, $3, 1, $4, "
        "$5 || n, $6 FROM generate_series(1, $1) AS n",
        *(count, row["purpose"], state, row["error"], row["provider_id"], row["created_at"]),
    )


async def test_failed_messages_are_listed_by_urgency_and_paged(open_page: OpenPage):
    await failed_messages(1, "unknown")
    await failed_messages(1, "failed")
    await failed_messages(40, "undelivered", provider_id="SM", error=describe_error(30003))
    await failed_messages(
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


async def test_all_recently_failed_messages_are_sent_again(open_page: OpenPage):
    await failed_messages(2, "failed")
    await failed_messages(1, "failed", created_at=wall_clock.now() - timedelta(days=8))
    await failed_messages(1, "failed", provider_id="SM")
    await failed_messages(1, "unknown")
    page = await open_page("/dashboard", locale="zh", role="supervisor", javascript=False)
    await page.get_by_role("button", name="全部重新发送 (2)").click()
    await expect(page.locator("#outbox")).to_contain_text("已重新发送 2 条消息")
    await expect(page.get_by_role("button", name="全部重新发送")).to_have_count(0)
    states = await fetch("SELECT state FROM outbox ORDER BY id")
    assert [row["state"] for row in states] == ["queued"] * 2 + ["failed"] * 2 + ["unknown"]


async def test_an_agent_can_only_send_one_again(open_page: OpenPage):
    await failed_messages(2, "failed")
    page = await open_page("/dashboard", javascript=False)
    await expect(page.get_by_role("button", name="Send again")).to_have_count(2)
    await expect(page.get_by_role("button", name="Send all again")).to_have_count(0)
