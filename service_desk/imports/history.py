"""The history of an imported ticket: the events that follow from its row."""

from service_desk.imports.files.row_parsing import ImportedRow
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import (
    ImportedFrom,
    SeverityRaised,
    TicketClosed,
    TicketOpened,
    TicketResolved,
    TicketWaiting,
)
from service_desk.rules.tickets.states import WAITING_STATES, TicketState, WaitingFor

WAITING_FOR: dict[TicketState, WaitingFor] = {
    state: party for party, state in WAITING_STATES.items()
}


def imported_events(
    row: ImportedRow, message: int, category: str | None, source: str
) -> list[Event]:
    """The events of one row in order, each at its own time. `message`: id of the first message."""
    at = row.received_at
    opened = TicketOpened(
        kind=row.kind,
        channel=row.channel,
        severity=row.severity,
        message=message,
        category=category,
        supplier=row.supplier,
        cause=row.cause,
        imported=ImportedFrom(source, row.external_id, row.line),
    )
    events = [Event(at, opened)]
    if row.safety_words:
        events.append(Event(at, SeverityRaised("normal", "safety", tuple(row.safety_words))))
    if row.state in WAITING_FOR:
        events.append(Event(at, TicketWaiting(WAITING_FOR[row.state])))
    if row.resolved_at is not None:
        resolved = TicketResolved(row.resolution, date_unknown=row.date_unknown)
        events.append(Event(row.resolved_at, resolved))
    if row.closed_at is not None:
        reason = "auto_closed" if row.auto_closed else None
        events.append(Event(row.closed_at, TicketClosed(reason, date_unknown=row.date_unknown)))
    return events
