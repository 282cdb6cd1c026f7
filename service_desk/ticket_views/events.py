"""The events of a ticket for its pages: each record read once, with who caused it and when."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from service_desk.rules.tickets.event import Event, EventData
from service_desk.rules.tickets.event_types import UnreadableEvent, read_event
from service_desk.ticket_views.schemas import EventView

D = TypeVar("D", bound=EventData)


class Unreadable(EventData, frozen=True):
    """Somebody edited the record, and it is no event any more. It is shown by the type that it
    names, and changes no clock."""


class RecordedEvent(Struct, frozen=True):
    """`position`: in the history, as it was recorded."""

    position: int
    type: str
    event: Event
    recorded_at: datetime
    actor: str

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def data(self) -> EventData:
        return self.event.data


def read_events(records: Iterable[EventView]) -> list[RecordedEvent]:
    return [
        RecordedEvent(position, record.type, _read(record), record.recorded_at, record.actor)
        for position, record in enumerate(records)
    ]


def data_of(events: Iterable[RecordedEvent], kind: type[D]) -> list[D]:
    """What the events of this kind say, the newest last."""
    return [event.data for event in events if isinstance(event.data, kind)]


def _read(record: EventView) -> Event:
    try:
        return read_event(record.type, record.at, record.data)
    except UnreadableEvent:
        return Event(record.at, Unreadable())
