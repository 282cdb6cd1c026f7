from service_desk.database import fetch
from tests.factories import make_ticket
from tests.imports.importing import imported, ticket
from tests.imports.source_files import ROWS, csv_of


async def test_an_imported_ticket_equals_an_opened_one(desk: str) -> None:
    """Except for what only one of them has: clocks, dates, the source."""
    await imported(csv_of(ROWS[1:2]))
    opened = await make_ticket(
        "Overcharged on my bill", phone=None, external_id="2x", channel="web",
        at=(await ticket("2"))["received_at"],
    )  # fmt: skip
    rows = [await ticket("2"), await ticket("2x")]
    same = (
        "kind", "severity", "channel", "subject", "description", "locale", "product", "category",
        "category_confirmed", "cause", "supplier", "received_at", "resolved_at", "resolution",
        "last_message_at", "reopen_count", "earlier_complaints", "assignee",
    )  # fmt: skip
    assert {name: rows[0][name] for name in same} == {name: rows[1][name] for name in same}
    assert rows[0]["category"] is not None
    assert len(rows[0]["token"]) == len(rows[1]["token"])
    messages = await fetch(
        "SELECT direction, visibility, channel, author, automatic, body, at FROM message "
        "ORDER BY id"
    )
    assert messages[0] == messages[1]
    searched = "SELECT external_id FROM ticket WHERE search @@ 'overcharged'::tsquery ORDER BY 1"
    assert [row[0] for row in await fetch(searched)] == ["2", "2x"]
    assert int(opened.number[:-1]) == int(rows[0]["number"][:-1]) + 1
