"""Who is told of a clock, and how often."""

import asyncio
from datetime import timedelta

from service_desk.database import fetch, fetch_value
from service_desk.sla.alerts import send_alert_digests
from service_desk.sla.sweep import record_due_levels
from service_desk.tickets import progress
from service_desk.tickets.queries import get_ticket
from tests.factories import NOW, make_staff, make_ticket

HOUR = timedelta(hours=1)


async def mails() -> dict[str, str]:
    rows = await fetch("SELECT recipient, body FROM outbox WHERE purpose = 'alert_digest'")
    return {row["recipient"]: row["body"] for row in rows}


async def test_each_level_tells_its_roles(desk: str) -> None:
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
    told = [e for e in (await get_ticket(number, NOW)).events if e.type == "staff.told"]
    assert told[-1].data["percent"] == 150


async def test_a_storm_is_one_digest_and_at_most_one_a_minute(desk: str) -> None:
    await make_staff("supervisor")
    for n in range(30):
        await make_ticket(f"Broken {n}", phone=f"+86138001380{n:02}")
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


async def test_nobody_is_told_twice(desk: str) -> None:
    await make_staff("supervisor")
    await make_ticket()
    await record_due_levels(NOW + 10 * HOUR)
    assert await send_alert_digests(NOW + 10 * HOUR) > 0
    assert await send_alert_digests(NOW + 20 * HOUR) == 0


async def test_one_who_rests_does_not_hold_the_others_back(desk: str) -> None:
    """Assignee and supervisor take turns at resting; each is told within a minute."""
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


async def test_two_at_once_write_one_digest(desk: str) -> None:
    await make_staff("supervisor")
    for n in range(5):
        await make_ticket(f"Broken {n}", phone=f"+861380013800{n}")
    await record_due_levels(NOW + 3 * HOUR)
    await asyncio.gather(*(send_alert_digests(NOW + 3 * HOUR) for _ in range(4)))
    assert await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'alert_digest'") == 1
