"""Customers by a handle, to which a text goes only for a day."""

from datetime import timedelta

from service_desk.contacts.handles import record_handle_contact, set_handle
from service_desk.database import fetch, fetch_value
from tests.factories import NOW, make_ticket

HANDLE = "messenger:1234"
HOUR = timedelta(hours=1)
WROTE_AT = "SELECT handle_wrote_at FROM customer WHERE handle = $1"


async def test_the_latest_message_counts_in_whatever_order_they_come(desk: str) -> None:
    await make_ticket()
    await set_handle(await fetch_value("SELECT id FROM customer"), HANDLE)
    assert await fetch_value(WROTE_AT, HANDLE) is None
    for hours, latest in ((1, 1), (3, 3), (2, 3)):
        await record_handle_contact(HANDLE, at=NOW + hours * HOUR)
        assert await fetch_value(WROTE_AT, HANDLE) == NOW + latest * HOUR


async def test_an_unknown_handle_changes_nobody(desk: str) -> None:
    await make_ticket()
    await record_handle_contact(HANDLE, at=NOW)
    rows = await fetch("SELECT handle, handle_wrote_at FROM customer")
    assert [(row["handle"], row["handle_wrote_at"]) for row in rows] == [(None, None)]
