"""The history of an imported ticket: the events that its row tells of."""

from service_desk.imports.files.row_parsing import ImportedRow
from service_desk.rules.clocks.fold import Event

WAITING_FOR = {
    "waiting_customer": "customer",
    "waiting_supplier": "supplier",
    "waiting_parts": "parts",
}


def imported_events(
    row: ImportedRow, message: int, category: str | None, source: str
) -> list[Event]:
    """The events of one row in order, each at its own time. `message`: id of the first message."""
    opened = {
        "kind": row.kind,
        "channel": row.channel,
        "severity": row.severity,
        "message": message,
        "category": category,
        "supplier": row.supplier,
        "cause": row.cause,
        "imported": {"source": source, "external_id": row.external_id, "line": row.line},
    }
    events = [Event("ticket.opened", row.received_at, opened)]
    if row.safety_words:
        raised = {"from": "normal", "to": "safety", "words": row.safety_words}
        events.append(Event("severity.raised", row.received_at, raised))
    if row.state in WAITING_FOR:
        events.append(Event("ticket.waiting", row.received_at, {"for": WAITING_FOR[row.state]}))
    if row.resolved_at is not None:
        resolved = {"resolution": row.resolution, "date_unknown": row.date_unknown}
        events.append(Event("ticket.resolved", row.resolved_at, resolved))
    if row.closed_at is not None:
        events.append(Event("ticket.closed", row.closed_at, {"date_unknown": row.date_unknown}))
    return events
