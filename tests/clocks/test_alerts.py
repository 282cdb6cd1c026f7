"""Who is notified of a level, and how often."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from service_desk.clocks import alerts
from service_desk.clocks.alerts import send_alert_digests
from service_desk.clocks.sweep import record_due_levels
from service_desk.database import fetch, fetch_value
from service_desk.notifications.queries import count_unread, list_notifications
from service_desk.rules.policies.policies import SHIPPED_POLICIES
from service_desk.sla_settings.editing import save_policy
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation, progress
from tests.factories import NOW, make_staff, make_ticket

HOUR = timedelta(hours=1)
STANDARD = SHIPPED_POLICIES[-1]


async def mails() -> dict[str, str]:
    rows = await fetch("SELECT recipient, body FROM outbox WHERE purpose = 'alert_digest'")
    return {row["recipient"]: row["body"] for row in rows}


async def test_each_level_notifies_its_recipients(desk: str) -> None:
    agent = await make_staff()
    await make_staff("supervisor")
    await make_staff("admin")
    number = (await make_ticket()).number
    await progress.assign(number, "agent@desk.test", staff_id=agent, now=NOW)

    await record_due_levels(NOW + 1.5 * HOUR)
    await send_alert_digests(NOW + 1.5 * HOUR)
    assert await mails() == {}  # 50 %: only in the app

    await record_due_levels(NOW + 1.7 * HOUR)
    await send_alert_digests(NOW + 1.7 * HOUR)
    assert list(await mails()) == ["agent@desk.test"]

    await record_due_levels(NOW + 2.1 * HOUR)
    await send_alert_digests(NOW + 2.1 * HOUR)
    assert set(await mails()) == {"agent@desk.test", "supervisor@desk.test"}

    await record_due_levels(NOW + 3.1 * HOUR)
    await send_alert_digests(NOW + 3.1 * HOUR)
    assert set(await mails()) == {"agent@desk.test", "supervisor@desk.test", "admin@desk.test"}
    notified = [e for e in (await get_ticket(number, NOW)).events if e.type == "staff.notified"]
    assert notified[-1].data["percent"] == 150


async def test_a_ticket_that_nobody_has_warns_everybody(desk: str) -> None:
    for role in ("agent", "supervisor", "admin"):
        await make_staff(role)
    await fetch(
        "UPDATE staff SET active = false WHERE id = $1", await make_staff(email="left@desk")
    )
    await make_ticket()
    await record_due_levels(NOW + 1.7 * HOUR)
    await send_alert_digests(NOW + 1.7 * HOUR)
    assert set(await mails()) == {"agent@desk.test", "supervisor@desk.test", "admin@desk.test"}


@pytest.mark.parametrize("to", ["boss@desk.test", None])
async def test_a_referral_warns_whom_it_was_referred_to(desk: str, to: str | None) -> None:
    agent, boss = await make_staff(), await make_staff("supervisor", email="boss@desk.test")
    await make_staff("supervisor")
    number = (await make_ticket()).number
    await progress.assign(number, "agent@desk.test", staff_id=agent, now=NOW)
    await progress.refer(number, "May we pay?", to, staff_id=agent, now=NOW)
    await record_due_levels(NOW + 0.45 * HOUR)
    await send_alert_digests(NOW + 0.45 * HOUR)
    asked = {"boss@desk.test"} if to else {"boss@desk.test", "supervisor@desk.test"}
    assert set(await mails()) == asked
    assert (await told_levels(agent), await told_levels(boss)) == (
        [],
        [("referral", 50, []), ("referral", 80, ["email"])],
    )


async def told_levels(person: int) -> list[tuple[str | None, int | None, list[str]]]:
    page = await list_notifications(person, limit=50)
    return [
        (one.clock, one.percent, list(one.sent_by))
        for one in reversed(page.items)
        if one.kind == "clock_level"
    ]


async def test_a_level_is_a_notification_exactly_once(desk: str) -> None:
    agent, boss = await make_staff(), await make_staff("supervisor")
    number = (await make_ticket()).number
    await progress.assign(number, "agent@desk.test", staff_id=agent, now=NOW)
    at = NOW + 2.1 * HOUR
    await asyncio.gather(*(record_due_levels(at) for _ in range(4)))
    for minutes in (0, 2):
        await send_alert_digests(at + timedelta(minutes=minutes))
        await record_due_levels(at + timedelta(minutes=minutes))
    response = [("response", percent, ["email"]) for percent in (80, 100)]
    assert await told_levels(agent) == [("response", 50, []), *response, ("handling", 50, [])]
    assert await told_levels(boss) == [response[-1]]
    assert await count_unread(boss) == 0  # the bell counts it as an alert


async def test_a_storm_is_one_digest_and_at_most_one_a_minute(desk: str) -> None:
    await make_staff("supervisor")
    await storm_of(30)
    now = NOW + 2.1 * HOUR
    await record_due_levels(now)
    await send_alert_digests(now)
    body = (await mails())["supervisor@desk.test"]
    assert len(body.splitlines()) == 21
    assert "10 more" in body

    await make_ticket("Another", phone="+8613900139000", at=NOW - HOUR)
    await record_due_levels(now + timedelta(seconds=10))
    count = "SELECT count(*) FROM outbox WHERE purpose = 'alert_digest'"
    await send_alert_digests(now + timedelta(seconds=10))
    assert await fetch_value(count) == 1
    await send_alert_digests(now + timedelta(seconds=61))
    assert await fetch_value(count) == 2


async def test_nobody_is_notified_twice(desk: str) -> None:
    await make_staff("supervisor")
    await make_ticket()
    await record_due_levels(NOW + 10 * HOUR)
    assert await send_alert_digests(NOW + 10 * HOUR) > 0
    assert await send_alert_digests(NOW + 20 * HOUR) == 0


async def test_a_recent_digest_delays_nobody_else(desk: str) -> None:
    """Assignee and supervisor had their last digests at different times."""
    agent = await make_staff()
    await make_staff("supervisor")
    mine = (await make_ticket("Mine")).number
    await progress.assign(mine, "agent@desk.test", staff_id=agent, now=NOW)
    at = NOW + 1.6 * HOUR + timedelta(seconds=5)  # 80 %: the assignee alone
    await record_due_levels(at)
    await send_alert_digests(at)
    await make_ticket("Late", phone="+8613900139000", at=at - 2 * HOUR)
    await progress.assign(mine, "agent@desk.test", staff_id=agent, now=at)
    breach = at + timedelta(seconds=1)
    await record_due_levels(breach)
    await send_alert_digests(breach)
    assert set(await mails()) == {"agent@desk.test", "supervisor@desk.test"}


async def storm_of(tickets: int) -> None:
    """Of somebody who has left: what is for the assignee warns nobody."""
    for n in range(tickets):
        await make_ticket(f"Broken {n}", phone=f"+8613800{n:06}")
    await fetch("UPDATE ticket SET assignee = $1", await make_staff(email="left@desk.test"))
    await fetch("UPDATE staff SET active = false WHERE email = 'left@desk.test'")


async def digests() -> list[tuple[str, float, str]]:
    """Recipient, seconds after NOW, subject."""
    rows = await fetch("SELECT * FROM outbox WHERE purpose = 'alert_digest' ORDER BY id")
    return [
        (row["recipient"].split("@")[0], (row["created_at"] - NOW).total_seconds(), row["subject"])
        for row in rows
    ]


async def test_a_storm_is_counted_in_full_and_delays_nobody_else(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "BATCH", 7)
    await make_staff("supervisor")
    agent = await make_staff()
    await storm_of(50)
    mine = (await make_ticket("Mine", phone="+8613900139000", at=NOW + 0.5 * HOUR)).number
    await progress.assign(mine, "agent@desk.test", staff_id=agent, now=NOW + 0.5 * HOUR)
    breach = NOW + 2 * HOUR + timedelta(seconds=1)
    await record_due_levels(breach)
    for seconds in range(0, 600, 5):
        at = breach + timedelta(seconds=seconds)
        await record_due_levels(at)
        await send_alert_digests(at)
    # The agent's own warning is due at 12:06, when the supervisor already had the storm.
    assert await digests() == [
        ("supervisor", 7201, "Service Desk: 50 clocks need you"),
        ("agent", 7201 + 360, "Service Desk: a clock needs you"),
    ]


async def test_alerts_within_the_minute_come_together_in_the_next_digest(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are notified meanwhile, however many alerts wait."""
    monkeypatch.setattr(alerts, "BATCH", 7)
    await make_staff("supervisor")
    agent = await make_staff()
    await make_ticket("First", phone="+8613900139001", at=NOW - timedelta(minutes=1))
    await storm_of(50)  # to whose assignee the first one goes, too
    mine = (await make_ticket("Mine", phone="+8613900139000", at=NOW + 0.4 * HOUR)).number
    await progress.assign(mine, "agent@desk.test", staff_id=agent, now=NOW + 0.4 * HOUR)
    for seconds in range(-60, 70, 5):
        at = NOW + 2 * HOUR + timedelta(seconds=seconds + 1)
        await record_due_levels(at)
        await send_alert_digests(at)
    assert await digests() == [
        ("supervisor", 7141, "Service Desk: a clock needs you"),
        ("supervisor", 7201, "Service Desk: 50 clocks need you"),
        ("agent", 7201, "Service Desk: a clock needs you"),
    ]


async def test_a_transaction_is_limited(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest comes with the next digest, a minute later."""
    monkeypatch.setattr(alerts, "BATCH", 5)
    monkeypatch.setattr(alerts, "MAX_ALERTS", 10)
    await make_staff("supervisor")
    await storm_of(12)
    await record_due_levels(NOW + 1.1 * HOUR)
    await send_alert_digests(NOW + 1.1 * HOUR)  # 50 %: no message
    await send_alert_digests(NOW + 1.1 * HOUR)
    at = NOW + 2.1 * HOUR
    await record_due_levels(at)
    for seconds in range(0, 130, 5):
        await send_alert_digests(at + timedelta(seconds=seconds))
    counted = [int(subject.split()[2]) for _, _, subject in await digests()]
    assert sum(counted) == 12
    assert await send_alert_digests(at + HOUR) == 0


@pytest.mark.parametrize(
    ("locale", "lines"),
    [
        (
            "en",
            [
                "response at 100 % of its time, due 15 Oct, 12:00, 1 h 50 min overdue. Late",
                "response at 100 % of its time, due 15 Oct, 12:00, done meanwhile, 30 min late. In",
                "handling at 80 % of its time, due 15 Oct, 14:00, 10 min left. Late",
                "handling at 80 % of its time, due 15 Oct, 14:00, done meanwhile. In",
            ],
        ),
        (
            "zh",
            [
                "响应时限已用 100%，截止 10月15日 12:00，已超时1小时50分。Late",
                "响应时限已用 100%，截止 10月15日 12:00，现已办结，超时30分钟。In",
                "处理时限已用 80%，截止 10月15日 14:00，还剩10分钟。Late",
                "处理时限已用 80%，截止 10月15日 14:00，现已办结。In",
            ],
        ),
    ],
)
async def test_a_line_states_due_time_and_lateness(
    desk: str, locale: str, lines: list[str]
) -> None:
    """In the desk's time zone and the recipient's language, as of the digest."""
    boss = await make_staff("supervisor", locale=locale)
    recipients = {50: (), 80: ("supervisor",), 100: ("supervisor",), 150: ()}
    early = replace(STANDARD, recipients=recipients)
    await save_policy(early, apply_to_open=False, staff_id=boss, now=NOW)
    late, met = (await make_ticket("Late")).number, (await make_ticket("In")).number
    await record_due_levels(NOW + 1.9 * HOUR)
    await send_alert_digests(NOW + 1.9 * HOUR)
    await conversation.reply(met, "Sorry", staff_id=boss, now=NOW + 2.5 * HOUR)
    await record_due_levels(NOW + 3.3 * HOUR)
    at = NOW + 3.5 * HOUR
    await progress.record_plan(met, diagnosis="a", plan="b", staff_id=boss, now=at)
    await send_alert_digests(NOW + 3 * HOUR + timedelta(minutes=50))
    body = (await mails())["supervisor@desk.test"]
    shown = [line for number in (late, met) for line in body.splitlines() if number in line]
    separator = " " if locale == "en" else "："
    assert sorted(line.partition(separator)[2] for line in shown) == sorted(lines)


async def test_a_paused_clock_is_called_paused(desk: str) -> None:
    boss = await make_staff("supervisor")
    number = (await make_ticket()).number
    at = NOW + 49 * HOUR
    await progress.wait(number, "customer", staff_id=boss, now=at)
    await send_alert_digests(at)
    resolution = next(
        line
        for line in (await mails())["supervisor@desk.test"].splitlines()
        if "resolution at 100" in line
    )
    assert "due 17 Oct, 10:00, paused." in resolution


async def test_concurrent_workers_send_one_digest(desk: str) -> None:
    await make_staff("supervisor")
    for n in range(5):
        await make_ticket(f"Broken {n}", phone=f"+861380013800{n}")
    await record_due_levels(NOW + 3 * HOUR)
    await asyncio.gather(*(send_alert_digests(NOW + 3 * HOUR) for _ in range(4)))
    assert await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'alert_digest'") == 1
