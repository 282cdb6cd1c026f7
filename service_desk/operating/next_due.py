"""When is what due next? One statement, so that the worker sleeps until then (workers/timer.py)."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.jobs import Job
from service_desk.long_jobs.operations import WORKERS_JOB
from service_desk.outbox.queue import DELIVERY_JOBS
from service_desk.tickets.unknown_outcomes import NEVER_ARRIVED, SENT_LATER

# Each part asks what its job's sweep asks, and reads the index that the sweep reads: it costs no
# more as the desk grows. What is due now, and since when does not matter, is due at $1. Leases of
# long jobs follow the database's clock, not the desk's (long_jobs/running.py).
NEXT_DUE = f"""
SELECT job, due_at FROM (
    SELECT 'record_due_levels' AS job, (
        SELECT min(next_level_at) FROM clock WHERE next_level_at IS NOT NULL) AS due_at
    UNION ALL SELECT delivery.job, least((
        SELECT min(next_attempt_at) FROM outbox
        WHERE state = 'queued' AND outbox.channel = delivery.channel), (
        SELECT min(lease_until) FROM outbox
        WHERE state = 'sending' AND outbox.channel = delivery.channel))
        FROM unnest($2::text[], $3::text[]) AS delivery (channel, job)
    UNION ALL SELECT 'record_undelivered', $1::timestamptz
        WHERE EXISTS (SELECT FROM outbox WHERE {NEVER_ARRIVED})
            OR EXISTS (SELECT FROM outbox WHERE {SENT_LATER})
    UNION ALL SELECT 'fetch_due_media', min(next_attempt_at)
        FROM attachment WHERE next_attempt_at IS NOT NULL AND state = 'pending'
    UNION ALL SELECT 'make_due_thumbnails', min(next_attempt_at)
        FROM attachment WHERE next_attempt_at IS NOT NULL AND thumbnail = 'pending'
    UNION ALL SELECT 'send_alert_digests', min(notify_after)
        FROM staff_alert WHERE notified_at IS NULL
    UNION ALL SELECT 'run_due_imports', min(coalesce(lease_until, $1))
        FROM import_run WHERE state IN ('queued', 'running')
    UNION ALL SELECT long.job, min($1 + (coalesce(lease_until, now()) - now()))
        FROM long_job JOIN unnest($4::text[], $5::text[]) AS long (kind, job) USING (kind)
        WHERE state IN ('queued', 'running') GROUP BY 1
    UNION ALL SELECT 'roll_out_terms', $1
        WHERE EXISTS (SELECT FROM sla_rollout WHERE finished_at IS NULL)
) AS next WHERE due_at IS NOT NULL
"""
_DELIVERIES: dict[str, Job] = {**DELIVERY_JOBS, "webhook": "deliver_webhooks"}
_PARALLEL_ARRAYS = [
    list(_DELIVERIES), list(_DELIVERIES.values()), list(WORKERS_JOB), list(WORKERS_JOB.values()),
]  # fmt: skip


class NextDue(Struct, frozen=True):
    """The job has something to do from `due_at` on, which may be over."""

    job: Job
    due_at: datetime


async def next_due(now: datetime) -> list[NextDue]:
    """Of each job that time makes due; one that has nothing before it is left out."""
    return await fetch_as(NextDue, NEXT_DUE, now, *_PARALLEL_ARRAYS)
