"""Members of staff are notified at once of what concerns them (DESIGN §2.3).

A notification is a row, written in the transaction of what causes it: on screen at once, and by the
channels that the person chose. Nobody is notified of what they did themselves,
safety excepted: of that whoever chose none of the channels gets an e-mail, as of a clock at 80 %.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, fetch_as, fetch_value
from service_desk.outbox.queue import queue_message
from service_desk.principal import SUPERVISOR_ROLES
from service_desk.rules.messages.vocabulary import NotificationKind, NotifyBy
from service_desk.rules.words.languages import Locale
from service_desk.texts.customer_texts import render_text

_NOTIFY = """
WITH reached AS (
    SELECT id, email, phone, locale,
        array_remove(notify_by, CASE WHEN phone IS NULL THEN 'sms' END) AS chosen
    FROM staff WHERE active AND id IS DISTINCT FROM $4
        AND (id = ANY($1) OR role = ANY($2) OR $3 = 'safety')
), notified AS (
    SELECT id, email, phone, locale,
        CASE WHEN $3 = 'safety' AND chosen = '{}' THEN '{email}' ELSE chosen END AS channels
    FROM reached
), written AS (
    INSERT INTO notification (staff, kind, ticket, supplier, at, sent_by)
    SELECT id, $3, $5, $7, $6, channels FROM notified)
SELECT id, email, phone, locale, channels FROM notified ORDER BY id
"""
_MARK_READ = """
WITH read AS (
    UPDATE notification SET read_at = $2
    WHERE staff = $1 AND read_at IS NULL AND ($3::bigint[] IS NULL OR id = ANY($3)) RETURNING id)
SELECT count(*) FROM read
"""
_SET_CHANNELS = "UPDATE staff SET notify_by = $2 WHERE id = $1"


class NotifiedPerson(Struct, frozen=True):
    id: int
    email: str
    phone: str | None
    locale: Locale
    channels: list[NotifyBy]


async def notify(
    kind: NotificationKind,
    *people: int | None,
    ticket: int,
    number: str,
    subject: str,
    by: int | None,
    now: datetime,
) -> None:
    """Notify these people, or all supervisors if none is named; of safety everybody active, since
    until there are shifts everybody is on duty. `by`: whoever did it, who is not."""
    named = [person for person in people if person is not None]
    roles: Sequence[str] = () if people else SUPERVISOR_ROLES
    excepted = None if kind == "safety" else by
    notified = await fetch_as(
        NotifiedPerson, _NOTIFY, named, list(roles), kind, excepted, ticket, now, None
    )
    await _send(notified, f"notice_{kind}", now, number=number, subject=subject)


async def notify_of_proposal(supplier: int, name: str, *, now: datetime) -> None:
    """Notify all supervisors that the ladder proposes a rung for that supplier."""
    roles, kind = list(SUPERVISOR_ROLES), "decision_waiting"
    notified = await fetch_as(NotifiedPerson, _NOTIFY, [], roles, kind, None, None, now, supplier)
    await _send(notified, "notice_supplier_proposal", now, supplier=name)


async def _send(
    notified: Sequence[NotifiedPerson], text_name: str, now: datetime, **values: object
) -> None:
    """By the channels that each of them chose."""
    for person in notified:
        text = render_text(text_name, person.locale, **values)
        for channel in person.channels:
            await queue_message(
                channel=channel,
                recipient=person.email if channel == "email" else person.phone or "",
                subject=text if channel == "email" else "",
                body=text,
                purpose="notification",
                now=now,
            )


async def mark_read(staff_id: int, ids: list[int] | None, *, now: datetime) -> int:
    """These of the person's own, or all; returns how many were unread."""
    return await fetch_value(_MARK_READ, staff_id, now, ids)


async def set_channels(staff_id: int, channels: Sequence[NotifyBy]) -> None:
    """Besides the screen, on which everything is."""
    await fetch(_SET_CHANNELS, staff_id, list(channels))
