"""Worker processes are killed repeatedly during a rollout: every ticket is changed once."""

import asyncio
import multiprocessing
from multiprocessing.process import BaseProcess

import pytest
from msgspec.structs import replace

from bench.fill import fill
from service_desk.database import database_pool, fetch, fetch_value
from service_desk.rules.policies.policies import SHIPPED_POLICIES
from service_desk.sla_settings.editing import save_policy
from service_desk.sla_settings.rollout import MAX_CHANGED, roll_out_terms
from tests.events import event
from tests.factories import NOW, make_staff
from tests.processes import kill
from tests.profiles import in_depth

pytestmark = pytest.mark.nightly

KILLS = in_depth(3, 1)
TICKETS = 2 * (KILLS + 1) * MAX_CHANGED
PATIENCE = 60  # seconds
QUICKER = replace(SHIPPED_POLICIES[-1], targets={"response": 3600, "resolution": 36_000})
HISTORY = """
INSERT INTO ticket_event (ticket, type, at, recorded_at, actor, data)
SELECT ticket.id, event.type, received_at, received_at, 'system', event.data FROM ticket, (
    SELECT 1 AS place, 'ticket.opened' AS type, $1::jsonb AS data UNION ALL
    SELECT 2, 'sla.policy_applied', jsonb_build_object(
        'policy', name, 'policy_version', id, 'calendar_version', NULL)
    FROM policy_version WHERE name = 'standard'
) event ORDER BY ticket.id, event.place
"""
OPENED = event("ticket.opened", NOW).data
CHANGED = (
    "SELECT count(*) FROM ticket_event WHERE type = 'sla.policy_applied' "
    "AND (data->>'policy_version')::bigint = $1"
)

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([__name__])


async def test_every_ticket_is_changed_once_whenever_workers_die(desk: str) -> None:
    boss = await make_staff("supervisor")
    await fill(TICKETS, TICKETS, NOW)
    await fetch(HISTORY, OPENED)
    version = await save_policy(QUICKER, apply_to_open=True, staff_id=boss, now=NOW)
    workers = [start_worker(desk) for _ in range(2)]
    try:
        for kills in range(KILLS):
            await wait_until_changed(version, TICKETS * (kills + 1) // (KILLS + 2))
            kill(workers.pop(0))
            assert await fetch_value("SELECT finished_at IS NULL FROM sla_rollout")
            workers.append(start_worker(desk))
        await wait_until_changed(version, TICKETS)
    finally:
        for worker in workers:
            kill(worker)
    await roll_out_terms(NOW)
    assert await fetch_value(CHANGED, version) == TICKETS
    assert await fetch_value("SELECT changed FROM sla_rollout") == TICKETS
    assert await fetch_value("SELECT finished_at FROM sla_rollout") == NOW
    assert await fetch_value(CHANGED.replace("*", "DISTINCT ticket"), version) == TICKETS


async def wait_until_changed(version: int, enough: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await fetch_value(CHANGED, version) < enough:  # noqa: ASYNC110 — processes, not tasks
            await asyncio.sleep(0.02)


def start_worker(database_url: str) -> BaseProcess:
    worker = processes.Process(target=run_worker, args=(database_url,))
    worker.start()
    return worker


def run_worker(database_url: str) -> None:
    asyncio.run(roll_out_on(database_url))


async def roll_out_on(database_url: str) -> None:
    async with database_pool(database_url, size=1):
        while True:
            await roll_out_terms(NOW)
            await asyncio.sleep(0.01)
