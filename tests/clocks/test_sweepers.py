"""Two sweeper processes on thousands of due clocks; one is killed midway, again and again."""

import asyncio
import multiprocessing
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event

import pytest

from bench.fill import fill
from service_desk.clocks.sweep import record_due_levels
from service_desk.database import database_pool, fetch, fetch_value
from service_desk.rules.policies.policies import Policy
from service_desk.sla_settings.editing import save_policy
from tests.factories import NOW, make_staff
from tests.processes import kill
from tests.profiles import in_depth

pytestmark = pytest.mark.nightly

CLOCKS = in_depth(20_000, 4_000)
ROUNDS = in_depth(10, 2)
PATIENCE = 60  # seconds

# In each round the next level is due, on every clock at once; in the last one it is the breach.
STEP = 100 // ROUNDS
LEVELS = tuple(range(STEP, 101, STEP))
POLICY = Policy(
    "standard", {"response": 10_000}, levels=LEVELS, recipients=dict.fromkeys(LEVELS, ())
)
START = f"""
UPDATE clock SET policy_version = $1, target_seconds = 10000, next_level = {STEP},
    due_at = started_at + interval '10000 seconds',
    next_level_at = started_at + interval '{100 * STEP} seconds'
"""
DUE = f"""
SELECT ticket, name, percent, started_at + percent * interval '100 seconds' AS at
FROM clock, generate_series({STEP}, $1::int, {STEP}) AS percent
"""
RECORDED = {
    "event": "SELECT ticket, data->>'clock', (data->>'percent')::int, at FROM ticket_event "
    "WHERE type = 'clock.level_reached'",
    "alert": "SELECT clock.ticket, name, percent, staff_alert.at FROM staff_alert "
    "JOIN clock ON clock.id = staff_alert.clock",
}

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([__name__])


async def test_every_level_is_recorded_exactly_once(desk: str) -> None:
    boss = await make_staff("supervisor")
    policy = await save_policy(POLICY, apply_to_open=False, staff_id=boss, now=NOW)
    await fill(-(-CLOCKS // 3), -(-CLOCKS // 3), NOW)
    await fetch("DELETE FROM clock WHERE id > $1", CLOCKS)
    await fetch(START, policy)
    chance, shared_round, caught_writing = random.Random(20_000), processes.Value("i", 0), 0
    sweepers = [await start_sweeper(desk, shared_round) for _ in range(2)]
    try:
        for round_ in range(1, ROUNDS + 1):
            shared_round.value = round_
            done = chance.randrange(CLOCKS // 20, CLOCKS * 7 // 10)
            await wait_until_due(round_, lambda due, done=done: due <= CLOCKS - done)
            victim = sweepers.pop(chance.randrange(2))
            caught_writing += await is_writing(victim)
            kill(victim)
            assert await clocks_due(round_) > 0, "killed too late: nothing was left to do"
            sweepers.append(await start_sweeper(desk, shared_round))
            await wait_until_due(round_, lambda due: due == 0)
            assert await wrong(round_) == {}
        assert caught_writing >= ROUNDS // 2
        breached = "SELECT count(DISTINCT (ticket, data->>'clock')) FROM ticket_event "
        assert await fetch_value(f"{breached} WHERE type = 'clock.breached'") == CLOCKS
    finally:
        for sweeper in sweepers:
            kill(sweeper)


async def wrong(round_: int) -> dict[str, int]:
    """Counts of missing rows, and of rows that are unexpected or duplicate."""
    found: dict[str, int] = {}
    for what, recorded in RECORDED.items():
        for name, query in (
            (f"{what} missing", f"{DUE} EXCEPT ALL {recorded}"),
            (f"{what} too many", f"{recorded} EXCEPT ALL {DUE}"),
        ):
            rows = await fetch_value(f"SELECT count(*) FROM ({query}) AS rows", round_ * STEP)
            if rows:
                found[name] = rows
    return found


def moment(round_: int) -> datetime:
    """Just after the round's level."""
    return NOW + timedelta(seconds=100 * STEP * round_, microseconds=1)


async def clocks_due(round_: int) -> int:
    return await fetch_value("SELECT count(*) FROM clock WHERE next_level_at < $1", moment(round_))


async def wait_until_due(round_: int, enough: Callable[[int], bool]) -> None:
    """The rows of a killed sweeper are due again once PostgreSQL notices its disconnection."""
    async with asyncio.timeout(PATIENCE):
        while not enough(await clocks_due(round_)):  # noqa: ASYNC110 — processes, not tasks
            await asyncio.sleep(0.03)


async def is_writing(sweeper: BaseProcess) -> bool:
    return await fetch_value(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = $1 "
        "AND xact_start IS NOT NULL)",
        sweeper.name,
    )


async def start_sweeper(database_url: str, shared_round: "Synchronized[int]") -> BaseProcess:
    ready = processes.Event()
    sweeper = processes.Process(target=run_sweeper, args=(database_url, shared_round, ready))
    sweeper.start()
    assert await asyncio.to_thread(ready.wait, PATIENCE)
    return sweeper


def run_sweeper(database_url: str, shared_round: "Synchronized[int]", ready: Event) -> None:
    asyncio.run(sweep_on(database_url, shared_round, ready))


async def sweep_on(database_url: str, shared_round: "Synchronized[int]", ready: Event) -> None:
    """Sweep repeatedly, as a worker does, until killed."""
    name = multiprocessing.current_process().name
    async with database_pool(f"{database_url}?application_name={name}", size=1):
        ready.set()
        while True:
            await record_due_levels(moment(shared_round.value))
            await asyncio.sleep(0.01)
