"""Tell staff what the clocks reached: one digest a person, at most one a minute (DESIGN §2.3)."""

from collections import defaultdict
from datetime import datetime, timedelta

import msgspec

from service_desk.database import fetch, fetch_as, transaction
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


class Recipient(msgspec.Struct, frozen=True):
    id: int
    email: str
    role: str
    locale: str
    resting: bool  # had a digest less than a minute ago


async def send_alert_digests(now: datetime) -> int:
    """Gather alerts that nobody was told of yet into digests. Returns how many alerts.

    An alert for somebody who had a digest less than a minute ago waits for the next one.
    """
    async with transaction():
        alerts = await fetch_as(
            DueAlert,
            "SELECT a.id, a.ticket, t.number, t.subject, clock.name AS clock, a.percent, a.roles, "
            "t.assignee, a.at FROM staff_alert a JOIN ticket t ON t.id = a.ticket "
            "JOIN clock ON clock.id = a.clock WHERE a.told_at IS NULL "
            "AND a.tell_from <= $1 ORDER BY a.at, a.id "
            f"LIMIT {BATCH} FOR NO KEY UPDATE OF a SKIP LOCKED",
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
        told: list[tuple[DueAlert, list[str]]] = []
        for alert in alerts:
            recipients = [person for person in staff if _concerns(alert, person)]
            if any(person.resting for person in recipients):
                continue
            for person in recipients:
                digests[person.id].append(alert)
            told.append((alert, [person.email for person in recipients]))
        for person in staff:
            if lines := digests.get(person.id):
                await _send(person, lines, now)
        await _mark_told(told, now)
        return len(told)


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


async def _mark_told(told: list[tuple[DueAlert, list[str]]], now: datetime) -> None:
    """Who was told goes into each ticket's history."""
    await fetch(
        "UPDATE staff_alert SET told_at = $2 WHERE id = ANY($1)",
        [alert.id for alert, _ in told],
        now,
    )
    events = [
        (
            alert.ticket,
            Event(
                "staff.told",
                now,
                {"clock": alert.clock, "percent": alert.percent, "recipients": recipients},
            ),
        )
        for alert, recipients in told
        if recipients
    ]
    await append_events(
        [ticket for ticket, _ in events],
        [event for _, event in events],
        ["system"] * len(events),
        now,
    )
