"""The whole schedule, on one page.

A cron only wakes a sweep that asks "what is due as of now?", so a tick that was missed, or run by
two workers at once, changes nothing but the moment. Times are the wall clock's, in UTC; in demo
mode the sweeps follow the demo clock.
"""

from arq import cron
from arq.cron import CronJob

from workers import jobs

EVERY_SECOND = set(range(60))
EVERY_5_SECONDS = set(range(0, 60, 5))

CRON_JOBS: list[CronJob] = [
    cron(jobs.record_due_levels, second=EVERY_SECOND, timeout=30),
    cron(jobs.deliver_sms, second=EVERY_SECOND, timeout=60),
    cron(jobs.deliver_whatsapp, second=EVERY_SECOND, timeout=60),
    cron(jobs.deliver_email, second=EVERY_SECOND, timeout=60),
    cron(jobs.deliver_webhooks, second=EVERY_SECOND, timeout=60),
    cron(jobs.fetch_waiting_media, second=EVERY_SECOND, timeout=60),
    cron(jobs.make_due_thumbnails, second=EVERY_SECOND, timeout=60),
    cron(jobs.send_alert_digests, second=EVERY_5_SECONDS, timeout=30),
    cron(jobs.take_in_uploads, second=EVERY_5_SECONDS, timeout=60),
    cron(jobs.roll_out_terms, second=EVERY_5_SECONDS, timeout=60),
    cron(jobs.end_lost_calls, second=0, timeout=60),
    cron(jobs.close_long_resolved, second=10, timeout=60),
    cron(jobs.plan_revisits, second=20, timeout=60),
    cron(jobs.climb_ladders, second=30, timeout=60),
    cron(jobs.draft_month, second=40, timeout=60),
    cron(jobs.recompute_tiers, second=50, timeout=60),
    cron(jobs.forget_old_keys, minute=17, second=0, timeout=60),
]
