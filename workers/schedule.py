"""The whole schedule, on one page.

A wake-up only makes a job ask "what is due as of now?", so one that was lost, or came twice,
changes nothing but the moment. What a commit makes due is woken by the commit
(service_desk/jobs.py); what falls due by time, by the timer (timer.py) or, where a minute more does
not matter, by a cron. The crons' times are the wall clock's, in UTC; in demo mode the jobs follow
the demo clock.
"""

from collections.abc import Mapping
from typing import get_args

from arq import cron, func
from arq.cron import CronJob
from arq.worker import Function

from service_desk.jobs import Job
from service_desk.long_jobs.operations import WORKERS_JOB
from workers import jobs

LONG = 900  # seconds, for what works through a whole month, or through all customers
LONG_JOBS: set[Job] = {*WORKERS_JOB.values(), "plan_revisits"}

TIMED_JOBS: Mapping[Job, float] = {
    "record_due_levels": 0.5,
    "deliver_sms": 1,
    "deliver_whatsapp": 1,
    "deliver_email": 1,
    "deliver_webhooks": 1,
    "record_undelivered": 1,
    "fetch_due_media": 1,
    "make_due_thumbnails": 1,
    "send_alert_digests": 5,
    "run_due_imports": 5,
    "run_exports": 5,
    "run_previews": 5,
    "roll_out_terms": 5,
}
"""Woken by the timer when something is due (operating/next_due.py). While it stays due, for
instance because a sender's pace holds it: once in so many seconds."""

CRON_JOBS: list[CronJob] = [
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
"""What a commit or the timer may wake."""
