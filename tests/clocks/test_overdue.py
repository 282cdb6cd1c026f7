"""Overdue and breached in SQL agree with the rules."""

from datetime import datetime, timedelta

from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.clocks.overdue import BREACHED, OVERDUE
from service_desk.dashboard.queries import count_overdue, open_work
from service_desk.database import fetch, transaction
from service_desk.ticket_views.queries import queue_page
from service_desk.ticket_views.schemas import TicketFilters
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation, progress
from tests.factories import NOW, By, make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)


async def paused_at(hours: float, agent: int) -> str:
    """A ticket whose resolution clock has been paused since then; its other clocks are met."""
    by = By(staff_id=agent, now=NOW + HOUR)
    number = (await make_ticket(f"Waits since {hours}")).number
    await conversation.reply(number, "Hello", **by)
    await progress.record_plan(number, diagnosis="Pump", plan="New pump", **by)
    await progress.wait(number, "customer", staff_id=agent, now=NOW + hours * HOUR)
    return number


async def in_queue(breached: bool | None, now: datetime) -> set[str]:
    page = await queue_page(TicketFilters(breached=breached), limit=50, after=None, now=now)
    assert all(row.breached == breached for row in page.items)
    return {row.number for row in page.items}


async def overdue(client: AsyncClient, value: str) -> set[str]:
    answer = await client.get("/queue", params={"overdue": value, "limit": 50})
    items = answer.json()["items"]
    assert all(item["overdue"] == (value == "true") for item in items)
    return {item["number"] for item in items}


async def test_overdue_means_now_and_breached_means_ever(api: AsyncClient) -> None:
    agent, now = await make_staff(), wall_clock.now()
    late, answered, fine = [
        (await make_ticket(phone=f"+861380013800{n}", at=now - hours * HOUR)).number
        for n, hours in enumerate((3, 3, 1))
    ]
    await conversation.reply(answered, "Late, but here", staff_id=agent, now=now)
    assert await overdue(api, "true") == {late}
    assert await overdue(api, "false") == {answered, fine}
    assert (await open_work(now)).overdue == await count_overdue(now, None) == 1
    assert await in_queue(True, now) == {late, answered}


async def test_a_paused_clock_is_overdue_if_it_was_when_it_paused(desk: str) -> None:
    agent = await make_staff()
    late, in_time = await paused_at(49, agent), await paused_at(47, agent)
    last = await paused_at(48, agent)  # the due instant itself is in time
    now = NOW + 200 * HOUR
    assert await in_queue(True, now) == {late}
    assert await in_queue(False, now) == {in_time, last}
    assert await count_overdue(now, None) == 1
    assert (await open_work(now)).overdue == 1
    await progress.assign(late, "agent@desk.test", staff_id=agent, now=now)
    assert await count_overdue(now, agent) == 1


async def test_sql_and_rules_agree_in_every_state(desk: str) -> None:
    agent = await make_staff()
    await paused_at(49, agent)
    await paused_at(47, agent)
    for hours in (1, 3, 5, 50):
        number = (await make_ticket(f"Resolved after {hours}")).number
        await resolve(number, "Done", staff_id=agent, now=NOW + hours * HOUR)
    await make_ticket("Nobody came")
    for hours in (0, 2, 3, 48, 49, 100):
        now = NOW + hours * HOUR
        rows = await fetch(
            f"SELECT number, name, phase, {OVERDUE} AS overdue, {BREACHED} AS breached "
            "FROM clock JOIN ticket ON ticket.id = clock.ticket",
            now,
        )
        for row in rows:
            clocks = {clock.name: clock for clock in (await get_ticket(row["number"], now)).clocks}
            breached = clocks[row["name"]].state == "breached"
            assert row["breached"] == breached, (hours, dict(row))
            assert row["overdue"] == (breached and row["phase"] in ("running", "paused"))


async def test_overdue_clocks_are_found_by_index(desk: str) -> None:
    """However many clocks there are, only overdue ones are read."""
    await make_ticket()
    async with transaction():
        await fetch("SET LOCAL enable_seqscan = off")
        plan = await fetch(f"EXPLAIN SELECT ticket FROM clock WHERE {OVERDUE}", NOW)
    text = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "clock_running_index" in text
    assert "clock_paused_overdue_index" in text
