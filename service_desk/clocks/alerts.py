"""Notify staff of reached levels: one digest per person, at most one a minute (DESIGN §2.3)."""

from datetime import UTC, datetime, timedelta

import msgspec

from service_desk.clocks.alert_recipients import MESSAGE_RECIPIENTS
from service_desk.clocks.rows import append_events
from service_desk.database import fetch, fetch_as, fetch_value, to_json, transaction
from service_desk.i18n.formats import duration, local_time
from service_desk.outbox.queue import queue_message
from service_desk.principal import SYSTEM
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import StaffNotified
from service_desk.rules.tickets.vocabulary import ClockName
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text

MIN_INTERVAL = timedelta(minutes=1)
BATCH = 2_000  # alerts per statement
MAX_ALERTS = 20_000  # per transaction, well within the time a worker's job may take
BEGINNING = datetime.min.replace(tzinfo=UTC)
MAX_LINES = 20  # in one digest; the rest is counted

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('alert digests'))"

_STAFF = """
    SELECT id, email, locale, coalesce((
        SELECT created_at > $1 FROM outbox
        WHERE recipient = staff.email AND purpose = 'alert_digest' ORDER BY outbox.id DESC LIMIT 1
    ), false) AS recently_notified
    FROM staff WHERE active ORDER BY id
"""

# Alerts whose remaining recipients were all notified recently are left out: a storm of them would
# fill every batch, and nobody else's alert would be reached.
_DUE_ALERTS = f"""
    SELECT a.id, a.ticket, t.number, t.subject, clock.name AS clock, a.percent, a.at,
        clock.due_at, clock.phase = 'paused' AS paused,
        coalesce(clock.met_at, clock.cancelled_at) AS ended_at, who.notify_now, who.complete
    FROM staff_alert a JOIN ticket t ON t.id = a.ticket JOIN clock ON clock.id = a.clock
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(id) FILTER (WHERE id = ANY($2)), '{{}}') AS notify_now,
                count(*) FILTER (WHERE id <> ALL($2)) = 0 AS complete
            FROM staff
            WHERE active AND {MESSAGE_RECIPIENTS} AND NOT a.notified_staff @> to_jsonb(staff.id)
        ) AS who
    WHERE a.notified_at IS NULL AND a.notify_after <= $1 AND (a.at, a.id) > ($3, $4)
        AND (who.complete OR cardinality(who.notify_now) > 0)
    ORDER BY a.at, a.id LIMIT $5
"""

_RECORD_NOTIFIED = """
    WITH news AS MATERIALIZED (
        SELECT * FROM unnest($1::bigint[], $2::jsonb[], $3::bool[])
            AS news (id, notify_now, complete)),
    alerts AS (
        UPDATE staff_alert SET notified_staff = staff_alert.notified_staff || news.notify_now,
            notified_at = CASE WHEN news.complete THEN $4::timestamptz END
        FROM news WHERE staff_alert.id = news.id)
    UPDATE notification SET sent_by = array_append(sent_by, 'email')
    FROM news WHERE alert = news.id AND news.notify_now @> to_jsonb(staff)
"""


class DueAlert(msgspec.Struct, frozen=True):
    """`notify_now`: ids of staff who may be notified now; `complete`: no other recipient is left.
    `ended_at`: when the clock was met or cancelled, if it was."""

    id: int
    ticket: int
    number: str
    subject: str
    clock: ClockName
    percent: int
    at: datetime
    due_at: datetime
    paused: bool
    ended_at: datetime | None
    notify_now: list[int]
    complete: bool


class AlertRecipient(msgspec.Struct, frozen=True):
    id: int
    email: str
    locale: Locale
    recently_notified: bool  # had a digest less than a minute ago


class Digest:
    """The alerts for one person: the first MAX_LINES, and the count of all."""

    def __init__(self, person: AlertRecipient) -> None:
        self.person = person
        self.shown: list[DueAlert] = []
        self.count = 0

    def add(self, alert: DueAlert) -> None:
        self.count += 1
        if self.count <= MAX_LINES:
            self.shown.append(alert)


async def send_alert_digests(now: datetime) -> int:
    """Send pending alerts as digests. Returns how many alerts were sent.

    Someone who had a digest less than a minute ago gets everything with the next one; nobody else
    is delayed by that. An advisory lock admits one worker at a time: two could notify the same
    person.

    One transaction for all batches, on purpose. A person's digest counts the alerts of all of them,
    and a second one within the minute is not allowed: were a batch committed by itself, a worker
    that then dies would leave alerts recorded as sent in a digest that never was. MAX_ALERTS limits
    it.
    """
    async with transaction():
        if not await fetch_value(_TRY_LOCK):
            return 0
        ready = [person for person in await _staff(now) if not person.recently_notified]
        digests = {person.id: Digest(person) for person in ready}
        sent = 0
        alerts = await _due_alerts(now, list(digests))
        while alerts:
            for alert in alerts:
                for person in alert.notify_now:
                    digests[person].add(alert)
            await _record_notified(alerts, digests, now)
            sent += len(alerts)
            more = len(alerts) == BATCH and sent < MAX_ALERTS
            alerts = await _due_alerts(now, list(digests), alerts[-1]) if more else []
        for digest in digests.values():
            if digest.count:
                await _send(digest, now)
        return sent


async def _staff(now: datetime) -> list[AlertRecipient]:
    return await fetch_as(AlertRecipient, _STAFF, now - MIN_INTERVAL)


async def _due_alerts(
    now: datetime, ready: list[int], after: DueAlert | None = None
) -> list[DueAlert]:
    """In order of the instants at which the levels were reached."""
    since, last = (after.at, after.id) if after else (BEGINNING, 0)
    return await fetch_as(DueAlert, _DUE_ALERTS, now, ready, since, last, BATCH)


async def _send(digest: Digest, now: datetime) -> None:
    locale = digest.person.locale
    lines = [_line(alert, locale, now) for alert in digest.shown]
    if digest.count > MAX_LINES:
        lines.append(render_text("alert_more", locale, count=digest.count - MAX_LINES))
    await queue_message(
        channel="email",
        recipient=digest.person.email,
        subject=_subject(digest.count, locale),
        body="\n".join(lines),
        purpose="alert_digest",
        now=now,
    )


def _subject(count: int, locale: Locale) -> str:
    if count == 1:
        return render_text("subject_alert_single", locale)
    return render_text("subject_alert_digest", locale, count=count)


def _line(alert: DueAlert, locale: Locale, now: datetime) -> str:
    return render_text(
        "alert_line",
        locale,
        number=alert.number,
        clock=render_text(f"clock_{alert.clock}", locale),
        percent=alert.percent,
        time=local_time(alert.due_at, get_settings().zone, locale, now),
        left=_left(alert, locale, now),
        subject=alert.subject,
    )


def _left(alert: DueAlert, locale: Locale, now: datetime) -> str:
    """The time left or overdue, or that the clock is paused or has ended."""
    seconds = int((alert.due_at - (alert.ended_at or now)).total_seconds())
    if alert.ended_at is not None:
        name = "alert_ended" if seconds >= 0 else "alert_ended_late"
    elif alert.paused:
        name = "alert_paused"
    else:
        name = "alert_left" if seconds >= 0 else "alert_late"
    return render_text(name, locale, duration=duration(abs(seconds), locale))


async def _record_notified(
    alerts: list[DueAlert], digests: dict[int, Digest], now: datetime
) -> None:
    """On the alerts, and as events in the tickets' histories."""
    await fetch(
        _RECORD_NOTIFIED,
        [alert.id for alert in alerts],
        [to_json(alert.notify_now) for alert in alerts],
        [alert.complete for alert in alerts],
        now,
    )
    notified = [alert for alert in alerts if alert.notify_now]
    await append_events(
        [alert.ticket for alert in notified],
        [Event(now, _notified(alert, digests)) for alert in notified],
        [SYSTEM] * len(notified),
        now,
    )


def _notified(alert: DueAlert, digests: dict[int, Digest]) -> StaffNotified:
    recipients = [digests[person].person.email for person in alert.notify_now]
    return StaffNotified(alert.clock, alert.percent, tuple(recipients))
