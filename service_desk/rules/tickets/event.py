"""The base of all ticket events: they are in events.py, message_events.py and clock_events.py."""

from datetime import datetime
from typing import ClassVar

import msgspec


def record_name(field: str) -> str:
    """`from` and `for` are keywords of Python: their fields are from_ and for_."""
    return field.removesuffix("_")


class EventData(msgspec.Struct, frozen=True, omit_defaults=True, rename=record_name):
    """`type`: as recorded, e.g. ticket.opened. A field with a default is left out of the record
    while it has that value."""

    type: ClassVar[str]


class Event(msgspec.Struct, frozen=True):
    """Something that happened to a ticket, `at` that instant."""

    at: datetime
    data: EventData

    @property
    def type(self) -> str:
        return self.data.type
