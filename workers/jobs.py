"""Jobs: read the clock, call one operation, return.

schedule.py says what wakes them.
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
from service_desk.exports.operations import write_export
from service_desk.imports import uploads
from service_desk.intake.calls import stale_calls
from service_desk.jobs import Job, wake_now
from service_desk.long_jobs.running import run_next_job
from service_desk.operating import housekeeping
from service_desk.outbox import delivery
from service_desk.reports import operations as reports
from service_desk.revisits import planning as revisits
from service_desk.rules.messages.vocabulary import OutboxChannel
from service_desk.settings import get_settings
from service_desk.sla_settings import rollout
from service_desk.sla_settings.preview_jobs import calculate_preview
from service_desk.suppliers import sweep as ladders
from service_desk.tickets import progress, unknown_outcomes

MAX_RUN_SECONDS = 5  # seconds, until a job begins no other batch
MAX_PAUSE_SECONDS = 1.0  # that a job waits for the pace of a sender; longer is for the timer

Context = dict[str, Any]
Look = Callable[[datetime], Awaitable[int | None]]
"""One batch of what is due as of now. Anything but 0 and None: look again, there may be more."""


async def record_due_levels(ctx: Context) -> None:
    await _run_to_the_end("record_due_levels", sweep.record_due_levels)


async def deliver_sms(ctx: Context) -> None:
    """Every channel has a job of its own, so that a slow one holds up no other."""
    await _run_to_the_end("deliver_sms", partial(_deliver, "sms"))


async def deliver_whatsapp(ctx: Context) -> None:
    await _run_to_the_end("deliver_whatsapp", partial(_deliver, "whatsapp"))


async def deliver_email(ctx: Context) -> None:
    await _run_to_the_end("deliver_email", partial(_deliver, "email"))


async def record_undelivered(ctx: Context) -> None:
    await _run("record_undelivered", unknown_outcomes.record_undelivered)
    await _run("record_sent_later", unknown_outcomes.record_sent_later)


async def deliver_webhooks(ctx: Context) -> None:
    await _run_to_the_end("deliver_webhooks", partial(_deliver, "webhook"))


async def fetch_due_media(ctx: Context) -> None:
    await _run_to_the_end("fetch_due_media", fetching.fetch_due_media)


async def make_due_thumbnails(ctx: Context) -> None:
    await _run_to_the_end("make_due_thumbnails", thumbnails.make_due_thumbnails)


async def send_alert_digests(ctx: Context) -> None:
    await _run_to_the_end("send_alert_digests", alerts.send_alert_digests)


async def run_due_imports(ctx: Context) -> None:
    await _run_to_the_end("run_due_imports", uploads.run_due_imports)


async def run_exports(ctx: Context) -> None:
    await _run_to_the_end("run_exports", partial(run_next_job, "export", write_export))


async def run_previews(ctx: Context) -> None:
    await _run_to_the_end("run_previews", partial(run_next_job, "preview", calculate_preview))


async def roll_out_terms(ctx: Context) -> None:
    await _run_to_the_end("roll_out_terms", rollout.roll_out_terms)


async def auto_close_resolved(ctx: Context) -> None:
    await _run_to_the_end("auto_close_resolved", progress.auto_close_resolved)


async def end_stale_calls(ctx: Context) -> None:
    await _run("end_stale_calls", stale_calls.end_stale_calls)


async def plan_revisits(ctx: Context) -> None:
    await _run("plan_revisits", _once(revisits.plan_revisits))


async def sweep_ladders(ctx: Context) -> None:
    await _run_to_the_end("sweep_ladders", ladders.sweep_due_ladders)


async def draft_ended_months(ctx: Context) -> None:
    await _run("draft_ended_months", reports.draft_ended_months)


async def freeze_signed_months(ctx: Context) -> None:
    await _run("freeze_signed_months", reports.freeze_signed_months)


async def recompute_tiers(ctx: Context) -> None:
    await _run("recompute_tiers", customer_tiers.recompute_tiers)


async def delete_expired(ctx: Context) -> None:
    await _run("delete_expired", _once(housekeeping.delete_expired))


def _once(sweep_: Callable[[datetime], Awaitable[object]]) -> Look:
    """For a sweep that leaves nothing due, whatever it returns."""

    async def look(now: datetime) -> None:
        await sweep_(now)

    return look


async def _deliver(channel: OutboxChannel, now: datetime) -> int:
    """A batch; or, if the pace allows no message now, the pause until it allows the next one."""
    if sent := await delivery.deliver_due(now, (channel,)):
        return sent
    pause = await delivery.seconds_until_pace_allows(channel, now)
    if pause is None or pause > MAX_PAUSE_SECONDS:
        return 0
    await asyncio.sleep(pause)
    return 1


_running: set[str] = set()
_woken: set[str] = set()


async def _run_to_the_end(job: Job, look: Look) -> None:
    """What is left when the job's time is over is for another one, at once."""
    if await _run(job, look):
        wake_now(job, about="the rest")


async def _run(job: str, look: Look) -> bool:
    """Batches until nothing is due or MAX_RUN_SECONDS are over; whether there may be more. A batch
    that was begun must not be cut short by the job's own timeout, so the last one begins long
    before that.

    One at a time in this process. Woken meanwhile, it looks once more: what became due after it
    last looked waits for no tick.
    """
    if job in _running:
        _woken.add(job)
        return False
    _running.add(job)
    end = time.monotonic() + MAX_RUN_SECONDS
    try:
        while True:
            _woken.discard(job)
            if get_settings().demo:
                await wall_clock.follow_demo_clock()
            more = bool(await look(wall_clock.now())) or job in _woken
            if not more or time.monotonic() >= end:
                return more
    finally:
        _running.discard(job)
