"""All types of ticket events, and how a record becomes an event again."""

from collections.abc import Iterator
from datetime import datetime
from types import ModuleType
from typing import Any

import msgspec

from service_desk.rules.tickets import clock_events, events, message_events
from service_desk.rules.tickets.event import Event, EventData


def _declared_in(module: ModuleType) -> Iterator[type[EventData]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, EventData) and "type" in vars(value):
            yield value


EVENTS: dict[str, type[EventData]] = {
    data.type: data
    for module in (events, message_events, clock_events)
    for data in _declared_in(module)
}
EVENT_TYPES = tuple(sorted(EVENTS))
"""Sorted: the table's check is made of them, and must not depend on the order of classes."""
CHANGING_FIGURES = tuple(type_ for type_ in EVENT_TYPES if EVENTS[type_].changes_figures)
"""As in the index ticket_event_change_index."""
_DECODERS = {type_: msgspec.json.Decoder(data) for type_, data in EVENTS.items()}


class UnreadableEvent(ValueError):
    """A record that the desk cannot have made: somebody edited the table."""


def read_event(type_: str, at: datetime, data: str | dict[str, Any]) -> Event:
    """From a record; `data` is JSON, or decoded from it. Raises UnreadableEvent."""
    try:
        if isinstance(data, str):
            return Event(at, _DECODERS[type_].decode(data))
        return Event(at, msgspec.convert(data, EVENTS[type_]))
    except (KeyError, msgspec.DecodeError) as error:
        reason = "no such type of event" if isinstance(error, KeyError) else error
        raise UnreadableEvent(f"{type_} of {at}: {reason}") from error
