from datetime import timedelta

from service_desk.database import fetch_value
from service_desk.imports.files.mapping import read_mapping
from service_desk.rules.tickets.states import AUTO_CLOSE_AFTER
from service_desk.tickets.progress import auto_close_resolved
from tests.factories import NOW
from tests.imports.importing import events, imported, ticket
from tests.imports.source_files import HEADER, MAPPING, ROWS, csv_of


async def test_what_was_resolved_long_ago_closed_by_itself_then(desk: str) -> None:
    more = "\n[fields.resolved_at]\ncolumn = \"Done\"\nformats = ['%Y-%m-%d']\n"
    rules = read_mapping(MAPPING.replace('Closed = "closed"', 'Closed = "resolved"') + more)
    days = [str((NOW - timedelta(days=ago)).date()) for ago in (100, 6)]
    rows = [(*ROWS[0][:5], "Closed", days[0]), ("2", *ROWS[0][1:5], "Closed", days[1])]
    await imported(csv_of(rows, header=(*HEADER, "Done")), rules)
    old, recent = await ticket("1"), await ticket("2")
    assert (old["state"], old["closed_at"] - old["resolved_at"]) == ("closed", AUTO_CLOSE_AFTER)
    assert (await events("1"))[-1] == ("ticket.closed", old["closed_at"])
    assert (recent["state"], recent["closed_at"]) == ("resolved", None)
    assert await auto_close_resolved(NOW) == 0


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
