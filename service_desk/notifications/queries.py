"""What a member of staff was notified of."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as, fetch_value
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rows import get_value
from service_desk.rules.messages.vocabulary import (
    NOTIFICATION_KINDS,
    NotificationKind,
    NotifyBy,
)
from service_desk.rules.tickets.vocabulary import ClockName
from service_desk.tables import Staff

MAX_COUNTED = 1000

_LIST = """
SELECT n.id, n.kind, t.number AS ticket, coalesce(t.subject, s.name) AS subject, n.supplier,
    clock.name AS clock, a.percent, n.at, n.read_at, n.sent_by
FROM notification n LEFT JOIN ticket t ON t.id = n.ticket LEFT JOIN supplier s ON s.id = n.supplier
    LEFT JOIN staff_alert a ON a.id = n.alert LEFT JOIN clock ON clock.id = a.clock
WHERE n.staff = $1 AND n.id < $2 AND n.kind = ANY($4) ORDER BY n.id DESC LIMIT $3
"""
_COUNT_UNREAD = f"""
SELECT count(*) FROM (SELECT FROM notification
    WHERE staff = $1 AND read_at IS NULL AND kind <> 'clock_level' LIMIT {MAX_COUNTED}) AS unread
"""
BESIDE_ALERTS: Sequence[NotificationKind] = [
    kind for kind in NOTIFICATION_KINDS if kind != "clock_level"
]
"""The kinds that a page shows which lists alerts for themselves."""


class NotificationView(Struct, frozen=True):
    """`ticket`: its number; `supplier`: whose proposal waits, with its name as `subject`; `clock`,
    `percent`: of a level; `sent_by`: besides the screen."""

    id: int
    kind: NotificationKind
    ticket: str | None
    subject: str | None
    supplier: int | None
    clock: ClockName | None
    percent: int | None
    at: datetime
    read_at: datetime | None
    sent_by: list[NotifyBy]


async def list_notifications(
    staff_id: int,
    *,
    limit: int,
    after: str | None = None,
    kinds: Sequence[NotificationKind] = NOTIFICATION_KINDS,
) -> Page[NotificationView]:
    """Newest first."""
    before = decode_cursor(after, int) if after is not None else (1 << 63) - 1
    rows = await fetch_as(NotificationView, _LIST, staff_id, before, limit + 1, list(kinds))
    return make_page(rows, limit, lambda row: row.id)


async def channels_of(staff_id: int) -> list[NotifyBy]:
    """Those that the person chose, besides the screen."""
    return list(await get_value(Staff.notify_by, id=staff_id) or [])


async def count_unread(staff_id: int) -> int:
    """MAX_COUNTED at most. Without levels of clocks: the bell counts those as alerts."""
    return await fetch_value(_COUNT_UNREAD, staff_id)
