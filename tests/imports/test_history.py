from service_desk.database import fetch_value
from tests.factories import NOW
from tests.imports.importing import events, imported, ticket
from tests.imports.source_files import csv_of


async def test_events_have_the_times_of_the_file(desk: str) -> None:
    await imported(csv_of())
    received = (await ticket("1"))["received_at"]
    assert await events("1") == [
        ("ticket.opened", received), ("ticket.resolved", received), ("ticket.closed", received),
    ]  # fmt: skip
    assert [type_ for type_, _ in await events("3")] == ["ticket.opened", "ticket.waiting"]
    known = await fetch_value(
        "SELECT data FROM ticket_event WHERE type = 'ticket.resolved' LIMIT 1"
    )
    assert known["date_unknown"] is True
    assert await fetch_value("SELECT bool_and(recorded_at = $1) FROM ticket_event", NOW)
