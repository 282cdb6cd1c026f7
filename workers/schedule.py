"""The whole schedule, on one page.

A cron only wakes a sweep that asks "what is due as of now?", so a tick that was missed, or run by
two workers at once, changes nothing but the moment. What a commit makes due is woken by the commit
(service_desk/jobs.py); the crons are the net below, and find what falls due by time alone. Times
are the wall clock's, in UTC; in demo mode the sweeps follow the demo clock.
"""

from typing import get_args

from arq import cron, func
from arq.cron import CronJob
from arq.worker import Function

from service_desk.jobs import Job
from service_desk.long_jobs.operations import WORKERS_JOB
from workers import jobs

EVERY_SECOND = set(range(60))
EVERY_5_SECONDS = set(range(0, 60, 5))
LONG = 900  # seconds, for what works through a whole month, or through all customers
LONG_JOBS: set[Job] = {*WORKERS_JOB.values(), "plan_revisits"}

CRON_JOBS: list[CronJob] = [
    cron(jobs.record_due_levels, second=EVERY_SECOND, timeout=30),
    cron(jobs.deliver_sms, second=EVERY_SECOND, timeout=60),
    cron(jobs.deliver_whatsapp, second=EVERY_SECOND, timeout=60),
    cron(jobs.deliver_email, second=EVERY_SECOND, timeout=60),
    cron(jobs.deliver_webhooks, second=EVERY_SECOND, timeout=60),
    cron(jobs.record_undelivered, second=EVERY_SECOND, timeout=60),
    cron(jobs.fetch_due_media, second=EVERY_SECOND, timeout=60),
    cron(jobs.make_due_thumbnails, second=EVERY_SECOND, timeout=60),
    cron(jobs.send_alert_digests, second=EVERY_5_SECONDS, timeout=30),
    cron(jobs.run_due_imports, second=EVERY_5_SECONDS, timeout=60),
    cron(jobs.run_exports, second=EVERY_5_SECONDS, timeout=LONG),
    cron(jobs.run_previews, second=EVERY_5_SECONDS, timeout=LONG),
    cron(jobs.roll_out_terms, second=EVERY_5_SECONDS, timeout=60),
    cron(jobs.end_stale_calls, second=0, timeout=60),
    cron(jobs.auto_close_resolved, second=10, timeout=60),
    cron(jobs.plan_revisits, second=20, timeout=LONG),
    cron(jobs.sweep_ladders, second=30, timeout=60),
    cron(jobs.draft_ended_months, second=40, timeout=60),
    cron(jobs.freeze_signed_months, second=45, timeout=LONG),
    cron(jobs.recompute_tiers, second=50, timeout=LONG),
    cron(jobs.delete_expired, minute=17, second=0, timeout=60),
]

JOBS: list[Function] = [
    func(
        getattr(jobs, name),
        name=name,
        timeout=LONG if name in LONG_JOBS else 60,
    )
    for name in get_args(Job)
]
"""What a commit may wake."""
