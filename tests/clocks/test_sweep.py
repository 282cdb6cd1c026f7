"""The sweep records each level once and in order, however many workers run and however late."""

import asyncio
from datetime import datetime, timedelta

import pytest

from service_desk.clocks import sweep
from service_desk.clocks.sweep import record_due_levels
from service_desk.database import fetch, fetch_value
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.progress import wait
from tests.factories import NOW, make_staff, make_ticket

HOUR = timedelta(hours=1)


async def levels(clock: str = "response") -> list[tuple[int, datetime, datetime]]:
    rows = await fetch(
        "SELECT (data->>'percent')::int AS percent, at, recorded_at FROM ticket_event "
        "WHERE type = 'clock.level_reached' AND data->>'clock' = $1 ORDER BY id",
        clock,
    )
    return [(row["percent"], row["at"], row["recorded_at"]) for row in rows]


async def test_a_late_worker_catches_up_in_order_and_records_when(desk: str) -> None:
    await make_ticket()
    late = NOW + 4 * HOUR
    await record_due_levels(late)
    assert await levels() == [
        (50, NOW + HOUR, late),
        (80, NOW + 1.6 * HOUR, late),
        (100, NOW + 2 * HOUR, late),
        (150, NOW + 3 * HOUR, late),
    ]
    rows = await fetch(
        "SELECT at FROM ticket_event WHERE type IN ('clock.level_reached', 'clock.breached') "
        "ORDER BY id"
    )
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


async def test_a_severity_taken_back_leaves_the_real_breach_to_be_told(desk: str) -> None:
    """What is no longer used up under the present terms is told when it is reached; what still is,
    not again (decision 0010)."""
    by = {"staff_id": await make_staff()}
    number = (await make_ticket()).number
    await classify(number, Classification(severity="safety"), now=NOW + 0.9 * HOUR, **by)
    await record_due_levels(NOW + 1.2 * HOUR)
    recorded = [(percent, NOW + 0.9 * HOUR) for percent in (50, 80, 100, 150)]
    assert [level[:2] for level in await levels()] == recorded
    await classify(number, Classification(severity="normal"), now=NOW + 1.5 * HOUR, **by)
    response = {one.name: one for one in (await get_ticket(number, NOW + 1.6 * HOUR)).clocks}
    assert (response["response"].state, response["response"].due_at) == ("running", NOW + 2 * HOUR)
    await record_due_levels(NOW + 3.5 * HOUR)
    real = [(80, NOW + 1.6 * HOUR), (100, NOW + 2 * HOUR), (150, NOW + 3 * HOUR)]
    assert [level[:2] for level in await levels()] == [*recorded, *real]
    alerts = await fetch(
        "SELECT a.percent, a.at FROM staff_alert a JOIN clock ON clock.id = a.clock "
        "WHERE clock.name = 'response' ORDER BY a.id"
    )
    assert [(row["percent"], row["at"]) for row in alerts] == [*recorded, *real]
    late = {one.name: one for one in (await get_ticket(number, NOW + 3.5 * HOUR)).clocks}
    assert late["response"].state == "breached"


async def test_batches_keep_the_order(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More clocks than fit in a batch, all due at the same instants but those of one ticket."""
    monkeypatch.setattr(sweep, "BATCH", 20)
    for n in range(30):
        at = NOW + (0.3 * HOUR if n == 7 else 0 * HOUR)
        await make_ticket(f"Broken {n}", phone=f"+86138001380{n:02}", at=at)
    assert await record_due_levels(NOW + 7 * HOUR) > 3 * 20
    rows = await fetch("SELECT at FROM ticket_event WHERE type = 'clock.level_reached' ORDER BY id")
    assert len(rows) == 30 * 8
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


async def test_many_sweepers_keep_the_order_of_each_ticket(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 10)
    for n in range(40):
        at = NOW + n * timedelta(minutes=3)
        await make_ticket(f"Broken {n}", phone=f"+86138001380{n:02}", at=at)
    late = NOW + 100 * HOUR
    await asyncio.gather(*(record_due_levels(late) for _ in range(6)))
    await record_due_levels(late)  # tickets that another sweep had locked
    rows = await fetch(
        "SELECT ticket, at FROM ticket_event WHERE type = 'clock.level_reached' ORDER BY ticket, id"
    )
    assert len(rows) == 40 * 12
    recorded = [(row["ticket"], row["at"]) for row in rows]
    assert recorded == sorted(recorded)


async def test_a_second_sweep_finds_nothing(desk: str) -> None:
    await make_ticket()
    assert await record_due_levels(NOW + 4 * HOUR) > 0
    before = await fetch_value("SELECT count(*) FROM ticket_event")
    assert await record_due_levels(NOW + 4 * HOUR) == 0
    assert await fetch_value("SELECT count(*) FROM ticket_event") == before


async def test_a_level_is_due_only_after_its_instant(desk: str) -> None:
    await make_ticket()
    await record_due_levels(NOW + HOUR)
    assert await levels() == []
    await record_due_levels(NOW + HOUR + timedelta(microseconds=1))
    assert [percent for percent, _, _ in await levels()] == [50]


async def test_concurrent_sweepers_record_each_level_once(desk: str) -> None:
    for n in range(60):
        await make_ticket(f"Broken {n}", phone=f"+86138001380{n:02}")
    await asyncio.gather(*(record_due_levels(NOW + 100 * HOUR) for _ in range(6)))
    counted = await fetch(
        "SELECT ticket, data->>'clock' AS clock, data->>'percent' AS percent, count(*) AS times "
        "FROM ticket_event WHERE type = 'clock.level_reached' GROUP BY 1, 2, 3"
    )
    assert len(counted) == 60 * 3 * 4
    assert {row["times"] for row in counted} == {1}
    assert await fetch_value("SELECT count(*) FROM staff_alert") == 60 * 3 * 4
    breaches = "SELECT count(*) FROM ticket_event WHERE type = 'clock.breached'"
    assert await fetch_value(breaches) == 60 * 3


async def test_small_and_large_steps_write_the_same_history(desk: str) -> None:
    agent = await make_staff()
    histories: list[list[tuple[str, str, str | None, datetime]]] = []
    for step in (7, 1400):
        ticket = await make_ticket("It does not spin", phone=f"+861380013{step:04}")
        for minute in range(step, 4201, step):
            await record_due_levels(NOW + timedelta(minutes=minute))
            if minute == 1400:
                at = NOW + timedelta(minutes=minute)
                await conversation.reply(ticket.number, "Sorry", staff_id=agent, now=at)
        rows = await fetch(
            "SELECT type, data->>'clock' AS clock, data->>'percent' AS percent, at "
            "FROM ticket_event WHERE ticket = $1 AND type LIKE 'clock.%' ORDER BY at, type, clock",
            ticket.id,
        )
        histories.append([(r["type"], r["clock"], r["percent"], r["at"]) for r in rows])
    assert histories[0] == histories[1]
    assert len(histories[0]) > 15


async def test_a_paused_clock_reaches_no_level(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await wait(number, "customer", staff_id=agent, now=NOW + HOUR)
    await record_due_levels(NOW + 500 * HOUR)
    assert await levels("resolution") == []
    assert len(await levels("response")) == 4


@pytest.mark.parametrize("hours", [3, 30])
async def test_the_stored_next_level_is_what_the_sweep_would_compute(desk: str, hours: int) -> None:
    await make_ticket()
    await record_due_levels(NOW + hours * HOUR)
    due = await fetch_value(
        "SELECT count(*) FROM clock WHERE next_level_at < $1", NOW + hours * HOUR
    )
    assert due == 0
