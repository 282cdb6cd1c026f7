from datetime import timedelta

from service_desk.clocks.sweep import record_due_levels
from service_desk.database import fetch, fetch_value
from service_desk.rules.tickets.message_events import MessageReceived
from service_desk.tickets.change import change_ticket
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.conversation import reply
from tests.clocks.comparing import verified
from tests.factories import NOW, make_staff
from tests.imports.importing import imported, ticket
from tests.imports.source_files import csv_of, mapping


async def test_imported_tickets_have_no_clocks_and_later_get_none(desk: str) -> None:
    """An import causes no alerts, at once or later (decision 0040)."""
    agent = await make_staff()
    await imported(csv_of())
    await record_due_levels(NOW + timedelta(days=400))
    number = (await ticket("2"))["number"]
    await classify(number, Classification(severity="safety"), staff_id=agent, now=NOW)
    await reply(number, "We are sorry", staff_id=agent, now=NOW)
    async with change_ticket(number, actor="customer", now=NOW) as change:
        change.record(MessageReceived(1, "sms"))
    assert await fetch_value("SELECT count(*) FROM clock") == 0
    assert await fetch_value("SELECT count(*) FROM staff_alert") == 0
    sent = await fetch("SELECT DISTINCT purpose FROM outbox")
    # The notification is of what the agent did: that it is a matter of safety.
    assert [row["purpose"] for row in sent] == ["notification"]
    assert await verified(NOW) == []


async def test_a_mapping_may_request_clocks_for_open_tickets(desk: str) -> None:
    await imported(csv_of(), mapping("clocks = true\n"))
    rows = await fetch(
        "SELECT t.external_id, c.name, c.started_at = t.received_at AS from_the_start, "
        "t.rank_at IS NOT NULL AS ranked, c.phase "
        "FROM clock c JOIN ticket t ON t.id = c.ticket ORDER BY 1, 2"
    )
    assert {row["external_id"] for row in rows} == {"2", "3"}
    assert all(row["from_the_start"] and row["ranked"] for row in rows)
    phases = {(row["external_id"], row["name"]): row["phase"] for row in rows}
    assert phases["2", "resolution"] == "running"
    assert phases["3", "resolution"] == "paused"
    await record_due_levels(NOW)
    assert await fetch_value("SELECT count(*) FROM staff_alert") > 0
    assert await verified(NOW) == []
