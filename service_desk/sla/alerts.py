"""Tell staff what the clocks reached: one digest a person, at most one a minute (DESIGN §2.3)."""

from collections import defaultdict
from datetime import datetime, timedelta

import msgspec

from service_desk.database import fetch, fetch_as, fetch_value, transaction
from service_desk.messaging.outbox import queue_message
from service_desk.messaging.texts import text
from service_desk.rules.sla_clocks import Event
from service_desk.sla.rows import append_events

PACE = timedelta(minutes=1)
IN_APP = "in_app"
BATCH = 2_000
LINES = 20  # in one digest; the rest is counted


class DueAlert(msgspec.Struct, frozen=True):
    id: int
    ticket: int
    number: str
    subject: str
    clock: str
    percent: int
    roles: str
    assignee: int | None
    at: datetime
    told: list[int]


class Recipient(msgspec.Struct, frozen=True):
    id: int
    email: str
    role: str
    locale: str
    resting: bool  # had a digest less than a minute ago


class Told(msgspec.Struct, frozen=True):
    """`now`: who is told this time; `complete`: nobody is left to be told."""

    alert: DueAlert
    now: list[Recipient]
    complete: bool


async def send_alert_digests(now: datetime) -> int:
    """Gather what staff have not been told of into digests. Returns how many alerts went out.

    Somebody who had a digest less than a minute ago waits for the next one; the others do not
    wait with them. One worker at a time, or two would write to one person.
    """
    async with transaction():
        if not await fetch_value("SELECT pg_try_advisory_xact_lock(hashtext('alert digests'))"):
            return 0
        alerts = await fetch_as(
            DueAlert,
            "SELECT a.id, a.ticket, t.number, t.subject, clock.name AS clock, a.percent, a.roles, "
            "t.assignee, a.at, a.told FROM staff_alert a JOIN ticket t ON t.id = a.ticket "
            "JOIN clock ON clock.id = a.clock WHERE a.told_at IS NULL AND a.tell_from <= $1 "
            f"ORDER BY a.at, a.id LIMIT {BATCH}",
            now,
        )
        if not alerts:
            return 0
        staff = await fetch_as(
            Recipient,
            "SELECT id, email, role, locale, EXISTS (SELECT FROM outbox WHERE "
            "recipient = staff.email AND purpose = 'alert_digest' AND created_at > $1) AS resting "
            "FROM staff WHERE active",
            now - PACE,
        )
        digests: dict[int, list[DueAlert]] = defaultdict(list)
        told = [_tell(alert, staff, digests) for alert in alerts]
        for person in staff:
            if lines := digests.get(person.id):
                await _send(person, lines, now)
        await _keep_told(told, now)
        return sum(1 for one in told if one.now or one.complete)


def _tell(alert: DueAlert, staff: list[Recipient], digests: dict[int, list[DueAlert]]) -> Told:
    """Put the alert into the digests of those who may be written to now."""
    waiting = [p for p in staff if _concerns(alert, p) and p.id not in alert.told]
    ready = [person for person in waiting if not person.resting]
    for person in ready:
        digests[person.id].append(alert)
    return Told(alert, ready, complete=len(ready) == len(waiting))


def _concerns(alert: DueAlert, person: Recipient) -> bool:
    roles = alert.roles.split(",")
    return person.role in roles or ("assignee" in roles and person.id == alert.assignee)


async def _send(person: Recipient, alerts: list[DueAlert], now: datetime) -> None:
    lines = [
        text(
            "alert_line",
            person.locale,
            number=alert.number,
            clock=text(f"clock_{alert.clock}", person.locale),
            percent=alert.percent,
            subject=alert.subject,
        )
        for alert in alerts[:LINES]
    ]
    if len(alerts) > LINES:
        lines.append(text("alert_more", person.locale, count=len(alerts) - LINES))
    await queue_message(
        channel="email",
        recipient=person.email,
        subject=text("subject_alert_digest", person.locale, count=len(alerts)),
        body="\n".join(lines),
        purpose="alert_digest",
        now=now,
    )


async def _keep_told(told: list[Told], now: datetime) -> None:
    """Who was told goes into each ticket's history."""
    news = [one for one in told if one.now or one.complete]
    await fetch(
        "UPDATE staff_alert SET told = staff_alert.told || news.now, "
        "told_at = CASE WHEN news.complete THEN $4::timestamptz END "
        "FROM unnest($1::bigint[], $2::jsonb[], $3::bool[]) AS news (id, now, complete) "
        "WHERE staff_alert.id = news.id",
        [one.alert.id for one in news],
        [msgspec.json.encode([person.id for person in one.now]).decode() for one in news],
        [one.complete for one in news],
        now,
    )
    written = [one for one in news if one.now]
    await append_events(
        [one.alert.ticket for one in written],
        [
            Event(
                "staff.told",
                now,
                {
                    "clock": one.alert.clock,
                    "percent": one.alert.percent,
                    "recipients": [person.email for person in one.now],
                },
            )
            for one in written
        ],
        ["system"] * len(written),
        now,
    )
