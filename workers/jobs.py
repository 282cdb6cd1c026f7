"""Jobs: read the clock, call one operation, return. schedule.py says when they wake."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from service_desk import clock, housekeeping
from service_desk.attachments import fetching, thumbnails
from service_desk.customers import operations as customers
from service_desk.imports import operations as imports
from service_desk.messaging import delivery
from service_desk.reports import operations as reports
from service_desk.revisits import operations as revisits
from service_desk.settings import get_settings
from service_desk.sla import alerts, rollout, sweep
from service_desk.suppliers import operations as suppliers
from service_desk.tickets import progress

HALF_A_TICK = 0.5  # seconds

Context = dict[str, Any]
Sweep = Callable[[datetime], Awaitable[object]]


async def record_due_levels(ctx: Context) -> None:
    """Twice a tick, for arq wakes a cron once a second at most: what is due waits half as long."""
    await _run(sweep.record_due_levels)
    await asyncio.sleep(HALF_A_TICK)
    await _run(sweep.record_due_levels)


async def deliver_outbox(ctx: Context) -> None:
    await _run(_deliver_everything_due)


async def fetch_waiting_media(ctx: Context) -> None:
    await _run(_fetch_all_waiting)


async def make_due_thumbnails(ctx: Context) -> None:
    await _run(_make_all_due)


async def deliver_webhooks(ctx: Context) -> None:
    await _run(_deliver_all_webhooks_due)


async def send_alert_digests(ctx: Context) -> None:
    await _run(alerts.send_alert_digests)


async def roll_out_terms(ctx: Context) -> None:
    await _run(rollout.roll_out_terms)


async def close_long_resolved(ctx: Context) -> None:
    await _run(progress.close_long_resolved)


async def plan_revisits(ctx: Context) -> None:
    await _run(revisits.plan_revisits)


async def climb_ladders(ctx: Context) -> None:
    await _run(suppliers.climb_ladders)


async def draft_month(ctx: Context) -> None:
    await _run(reports.draft_month)


async def recompute_tiers(ctx: Context) -> None:
    await _run(customers.recompute_tiers)


async def take_in_uploads(ctx: Context) -> None:
    await _run(imports.run_due_imports)


async def forget_old_keys(ctx: Context) -> None:
    await _run(housekeeping.forget_old_keys)


async def _deliver_everything_due(now: datetime) -> None:
    while await delivery.deliver_due(now):
        pass


async def _fetch_all_waiting(now: datetime) -> None:
    while await fetching.fetch_waiting_media(now):
        pass


async def _make_all_due(now: datetime) -> None:
    while await thumbnails.make_due_thumbnails(now):
        pass


async def _deliver_all_webhooks_due(now: datetime) -> None:
    while await delivery.deliver_webhooks(now):
        pass


_running: set[Sweep] = set()


async def _run(sweep_: Sweep) -> None:
    """One at a time in this process: a sweep that takes longer than its tick is not stacked."""
    if sweep_ in _running:
        return
    _running.add(sweep_)
    try:
        if get_settings().demo:
            await clock.follow_demo_clock()
        await sweep_(clock.now())
    finally:
        _running.discard(sweep_)
