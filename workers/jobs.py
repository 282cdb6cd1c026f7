"""Jobs: read the clock, call one operation, return.

A commit wakes those of service_desk/jobs.py at once; schedule.py runs every job in any case.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from service_desk import wall_clock
from service_desk.attachments import fetching, thumbnails
from service_desk.clocks import alerts, sweep
from service_desk.customers import tiers as customer_tiers
from service_desk.imports import operations as imports
from service_desk.intake.calls import stale_calls
from service_desk.operating import housekeeping
from service_desk.outbox import delivery
from service_desk.reports import operations as reports
from service_desk.revisits import planning as revisits
from service_desk.settings import get_settings
from service_desk.sla_settings import rollout
from service_desk.suppliers import sweep as ladders
from service_desk.tickets import progress

HALF_A_TICK = 0.5  # seconds
MAX_RUN_SECONDS = 5  # seconds, until a job begins no other batch

Context = dict[str, Any]
Sweep = Callable[[datetime], Awaitable[object]]


async def record_due_levels(ctx: Context) -> None:
    """Twice a tick: arq runs a cron once a second at most, and what is due should wait less."""
    await _run(sweep.record_due_levels)
    await asyncio.sleep(HALF_A_TICK)
    await _run(sweep.record_due_levels)


async def deliver_sms(ctx: Context) -> None:
    """Every channel has a job of its own, so that a slow one holds up no other."""
    await _run(_deliver_sms)


async def deliver_whatsapp(ctx: Context) -> None:
    await _run(_deliver_whatsapp)


async def deliver_email(ctx: Context) -> None:
    await _run(_deliver_email)


async def deliver_webhooks(ctx: Context) -> None:
    await _run(_deliver_webhooks)


async def fetch_due_media(ctx: Context) -> None:
    await _run(_fetch_due_media)


async def make_due_thumbnails(ctx: Context) -> None:
    await _run(_make_due_thumbnails)


async def send_alert_digests(ctx: Context) -> None:
    await _run(alerts.send_alert_digests)


async def roll_out_terms(ctx: Context) -> None:
    await _run(rollout.roll_out_terms)


async def auto_close_resolved(ctx: Context) -> None:
    await _run(progress.auto_close_resolved)


async def end_stale_calls(ctx: Context) -> None:
    await _run(_end_stale_calls)


async def plan_revisits(ctx: Context) -> None:
    await _run(revisits.plan_revisits)


async def sweep_ladders(ctx: Context) -> None:
    await _run(ladders.sweep_ladders)


async def draft_ended_months(ctx: Context) -> None:
    await _run(reports.draft_ended_months)


async def recompute_tiers(ctx: Context) -> None:
    await _run(customer_tiers.recompute_tiers)


async def run_due_imports(ctx: Context) -> None:
    await _run(imports.run_due_imports)


async def delete_expired(ctx: Context) -> None:
    await _run(housekeeping.delete_expired)


def _all_due(batch: Callable[[datetime], Awaitable[int]]) -> Sweep:
    """Batches until nothing is due or MAX_RUN_SECONDS are over. A batch that was begun must not be
    cut short by the job's own timeout, so the last one begins long before that."""

    async def sweep_(now: datetime) -> None:
        end = time.monotonic() + MAX_RUN_SECONDS
        while await batch(now) and time.monotonic() < end:
            now = wall_clock.now()

    return sweep_


_deliver_sms = _all_due(partial(delivery.deliver_due, channels=("sms",)))
_deliver_whatsapp = _all_due(partial(delivery.deliver_due, channels=("whatsapp",)))
_deliver_email = _all_due(partial(delivery.deliver_due, channels=("email",)))
_deliver_webhooks = _all_due(partial(delivery.deliver_due, channels=("webhook",)))
_fetch_due_media = _all_due(fetching.fetch_due_media)
_end_stale_calls = _all_due(stale_calls.end_stale_calls)
_make_due_thumbnails = _all_due(thumbnails.make_due_thumbnails)
_running: set[Sweep] = set()
_woken: set[Sweep] = set()


async def _run(sweep_: Sweep) -> None:
    """One at a time in this process. Woken meanwhile, it looks once more: what became due after it
    last looked waits for no tick."""
    if sweep_ in _running:
        _woken.add(sweep_)
        return
    _running.add(sweep_)
    try:
        while True:
            _woken.discard(sweep_)
            if get_settings().demo:
                await wall_clock.follow_demo_clock()
            await sweep_(wall_clock.now())
            if sweep_ not in _woken:
                break
    finally:
        _running.discard(sweep_)
