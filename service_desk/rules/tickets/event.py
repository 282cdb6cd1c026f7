"""The base of all ticket events: they are in events.py, message_events.py and clock_events.py."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, ClassVar, Literal, get_args, get_type_hints

import msgspec

Referent = Literal["staff", "category", "supplier", "customer"]
"""What an id in an event is of: its name is looked up for the history."""


class HoldsId(msgspec.Struct, frozen=True):
    """The mark of a field that holds an id."""

    referent: Referent


StaffId = Annotated[int, HoldsId("staff")]
CategoryId = Annotated[int, HoldsId("category")]
SupplierId = Annotated[int, HoldsId("supplier")]
CustomerId = Annotated[int, HoldsId("customer")]


def record_name(field: str) -> str:
    """`from` and `for` are keywords of Python: their fields are from_ and for_."""
    return field.removesuffix("_")


class EventData(msgspec.Struct, frozen=True, omit_defaults=True, rename=record_name):
    """`type`: as recorded, e.g. ticket.opened. A field with a default is left out of the record
    while it has that value.

    `changes_figures`: it changes a column of the ticket that monthly figures are counted by, so a
    month that is made again as of before undoes it."""

    type: ClassVar[str]
    changes_figures: ClassVar[bool] = False

    @property
    def is_contact(self) -> bool:
        """Whether the customer was in contact with us: that resets the revisit cadence."""
        return False


class Event(msgspec.Struct, frozen=True):
    """Something that happened to a ticket, `at` that instant."""

    at: datetime
    data: EventData

    @property
    def type(self) -> str:
        return self.data.type


def ids_in(data: type[EventData]) -> dict[str, Referent]:
    """The fields that hold ids, or a Change of them, and of what."""
    hints = get_type_hints(data, include_extras=True)
    marks = ((field, mark) for field in data.__struct_fields__ for mark in _marks(hints[field]))
    return {field: mark.referent for field, mark in marks}


def _marks(annotation: object) -> Iterator[HoldsId]:
    """At any depth: `Change[CategoryId | None] | None` holds ids of categories."""
    for part in get_args(annotation):
        if isinstance(part, HoldsId):
            yield part
        else:
            yield from _marks(part)
