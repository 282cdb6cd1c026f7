"""When what is due next: for each job, what its sweep would find, and nothing once it has."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from service_desk.database import fetch, transaction
from service_desk.jobs import Job
from service_desk.long_jobs.operations import start_job
from service_desk.operating.next_due import NEXT_DUE, next_due
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.settings import Settings
from tests.factories import NOW, make_staff, make_ticket
from tests.outbox.delivering import queue
from workers import jobs
from workers.schedule import TIMED_JOBS

LATER = datetime.now(UTC) + timedelta(days=1)
INSTANT = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)

ATTACHMENT = """
INSERT INTO attachment (message, name, state, thumbnail, next_attempt_at, received_at, source_url,
    media_type, size, sha256, storage_key)
SELECT min(id), 'p.jpg', $1, $2, $3, $3, 'https://media.test/1', 'image/jpeg', 1, '', 'nowhere'
FROM message
"""
ALERT = """
INSERT INTO staff_alert (ticket, clock, percent, recipients, at, notify_after)
SELECT ticket, id, 50, '{assignee}', $1, $1 FROM clock LIMIT 1
"""
IMPORT = """
INSERT INTO import_run (filename, mapping, started_at, state, lease_until)
VALUES ('a.csv', '{}', $1, 'running', $1)
"""
ROLLOUT = """
INSERT INTO sla_rollout (subject, requested_by, requested_at)
SELECT '{}', min(id), $1 FROM staff
"""


async def due(now: datetime = LATER) -> dict[Job, datetime]:
    """All but the levels of the ticket that `make_ticket` opened."""
    return {found.job: found.due_at for found in await next_due(now)}


async def make_levels_due() -> None:
    await fetch("UPDATE clock SET next_level_at = $1 WHERE name = 'response'", INSTANT)


async def lose_a_reply() -> None:
    await queue(channel="email", recipient="ann@example.com")
    await fetch(
        "UPDATE outbox SET counted = true, state = 'failed', next_attempt_at = NULL, "
        "ticket = (SELECT min(id) FROM ticket), message = (SELECT min(id) FROM message)"
    )


async def send_what_had_waited() -> None:
    await lose_a_reply()
    await fetch("UPDATE outbox SET counted = false, counts_once_sent = true, state = 'sent'")


def queued_on(channel: str) -> Callable[[], Awaitable[None]]:
    async def queue_one() -> None:
        await queue(channel=channel)
        await fetch("UPDATE outbox SET next_attempt_at = $1", INSTANT)

    return queue_one


def sending_on(channel: str) -> Callable[[], Awaitable[None]]:
    async def leave_one_behind() -> None:
        await queue(channel=channel)
        await fetch(
            "UPDATE outbox SET state = 'sending', next_attempt_at = NULL, lease_until = $1", INSTANT
        )

    return leave_one_behind


def inserted(statement: str, *args: object) -> Callable[[], Awaitable[None]]:
    async def insert() -> None:
        await fetch(statement, *args, INSTANT)

    return insert


SINCE_EVER: list[tuple[Job, Callable[[], Awaitable[None]]]] = [
    ("record_undelivered", lose_a_reply),
    ("record_undelivered", send_what_had_waited),
    ("roll_out_terms", inserted(ROLLOUT)),
]
AT_AN_INSTANT: list[tuple[Job, Callable[[], Awaitable[None]]]] = [
    ("record_due_levels", make_levels_due),
    ("deliver_sms", queued_on("sms")),
    ("deliver_whatsapp", queued_on("whatsapp")),
    ("deliver_email", queued_on("email")),
    ("deliver_sms", sending_on("sms")),
    ("fetch_due_media", inserted(ATTACHMENT, "pending", "none")),
    ("make_due_thumbnails", inserted(ATTACHMENT, "stored", "pending")),
    ("send_alert_digests", inserted(ALERT)),
    ("run_due_imports", inserted(IMPORT)),
]


@pytest.mark.parametrize(("job", "make_due"), AT_AN_INSTANT)
async def test_it_is_the_instant_of_the_first_row(
    desk: str, job: Job, make_due: Callable[[], Awaitable[None]]
) -> None:
    await make_staff()
    await make_ticket(at=NOW)
    await fetch("UPDATE clock SET next_level_at = NULL")
    assert await due() == {}
    await make_due()
    assert await due() == {job: INSTANT}


@pytest.mark.parametrize(("job", "make_due"), SINCE_EVER)
async def test_what_has_no_instant_is_due_now(
    desk: str, job: Job, make_due: Callable[[], Awaitable[None]]
) -> None:
    await make_staff()
    await make_ticket(at=NOW)
    await fetch("UPDATE clock SET next_level_at = NULL")
    await make_due()
    assert await due(NOW) == {job: NOW}


@pytest.mark.parametrize(("kind", "job"), [("export", "run_exports"), ("preview", "run_previews")])
async def test_a_long_job_is_due_until_a_worker_holds_it_and_when_it_does_no_more(
    desk: str, kind: str, job: Job
) -> None:
    """By the database's clock: the desk's may be another one (the demo's)."""
    await start_job(kind, {}, staff_id=await make_staff(), now=NOW)  # pyright: ignore[reportArgumentType]
    assert await due(NOW) == {job: NOW}
    await fetch("UPDATE long_job SET state = 'running', lease_until = now() + interval '30 s'")
    lease = (await due(NOW))[job] - NOW
    assert timedelta(seconds=25) < lease <= timedelta(seconds=30)


async def test_what_a_job_has_done_is_due_no_more(desk: str) -> None:
    await make_ticket(at=datetime.now(UTC) - timedelta(hours=3))
    now = datetime.now(UTC)
    assert (await due(now))["record_due_levels"] < now
    await jobs.record_due_levels({})
    assert (await due(now))["record_due_levels"] > now
    await fetch("DELETE FROM outbox")
    await queue(3, "email", "ann@example.com")
    async with open_gateways(Settings(demo=True)):
        await jobs.deliver_email({})
    assert "deliver_email" not in await due(now)


def test_the_timer_knows_each_of_these_jobs() -> None:
    found = {job for job, _ in SINCE_EVER + AT_AN_INSTANT}
    by_kind: set[Job] = {"run_exports", "run_previews", "deliver_webhooks"}
    assert found | by_kind == set(TIMED_JOBS)
    assert set(TIMED_JOBS) <= set(get_args(Job))


async def test_no_table_that_grows_is_read_whole(desk: str) -> None:
    """With 20,000 sent messages, of which none is due."""
    await fetch(
        """
        INSERT INTO outbox (channel, recipient, subject, body, purpose, created_at, state)
        SELECT 'sms', '+8613800138000', '', '', 'reply', now(), 'sent'
        FROM generate_series(1, 20000)
        """
    )
    await fetch("ANALYZE outbox")
    async with transaction():
        await fetch(f"PREPARE next_due AS {NEXT_DUE}")
        plan = await fetch("EXPLAIN EXECUTE next_due (now(), '{sms}', '{deliver_sms}', '{}', '{}')")
        await fetch("DEALLOCATE next_due")
    text = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "Seq Scan on outbox" not in text, text
