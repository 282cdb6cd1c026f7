"""The history in words: a sentence for each event, in the reader's language."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import asdict

from service_desk.database import fetch
from service_desk.i18n.formats import duration, local_time, money
from service_desk.i18n.names import name_of
from service_desk.i18n.translate import N_, translate
from service_desk.rules.tickets.event import EventData, Referent, ids_in, record_name
from service_desk.rules.tickets.event_types import EVENTS
from service_desk.rules.tickets.events import (
    Change,
    CompensationEvent,
    SeverityRaised,
    TicketClassified,
    TicketCorrected,
    TicketOpened,
    TicketReferred,
    TicketResolved,
    TicketWaiting,
)
from service_desk.rules.tickets.states import WAITING_STATES
from service_desk.rules.words.languages import Locale
from service_desk.ticket_views.events import RecordedEvent, Unreadable
from service_desk.ticket_views.sentences import (
    ACTORS,
    CHANGE,
    CODE_GROUPS,
    CUSTOMER_DETAILS,
    FIELD_NAMES,
    NOBODY,
    RESOLUTION_DETAILS,
    SUPERVISORS,
    sentence_of,
)

_IDS: Mapping[type[EventData], Mapping[str, Referent]] = {
    data: ids_in(data) for data in EVENTS.values()
}
LATE_SECONDS = 60  # a later recording is worth showing

# $1 to $4: ids in the order of Referent.
_NAMES = """
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(id, name)), '[]')
        FROM staff WHERE id = ANY($1)) AS staff,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(id, name_en, name_zh)), '[]')
        FROM category WHERE id = ANY($2)) AS categories,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(id, name)), '[]')
        FROM supplier WHERE id = ANY($3)) AS suppliers,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(
            id, coalesce(nullif(name, ''), phone, email, '–'))), '[]')
        FROM customer WHERE id = ANY($4)) AS customers
"""


class Names(Struct, frozen=True):
    """Names for the ids in events; categories in English and Chinese."""

    staff: Mapping[int, str]
    categories: Mapping[int, tuple[str, str]]
    suppliers: Mapping[int, str]
    customers: Mapping[int, str] = {}


class HistoryLine(Struct, frozen=True):
    """`clock`: it is about a clock, and shown less prominently. `late`: how much later than it
    happened the event was recorded, if that is worth showing."""

    at: datetime
    actor: str
    sentence: str
    type: str
    clock: bool
    late: str | None


class HistoryRenderer(Struct, frozen=True):
    """Renders events for one reader."""

    names: Names
    locale: Locale
    zone: ZoneInfo
    now: datetime

    def lines(self, events: Iterable[RecordedEvent]) -> list[HistoryLine]:
        """Newest first."""
        return [self.line(event) for event in reversed([*events])]

    def line(self, event: RecordedEvent) -> HistoryLine:
        late = int((event.recorded_at - event.at).total_seconds())
        return HistoryLine(
            at=event.at,
            actor=self.actor(event.actor),
            sentence=self.sentence(event),
            type=event.type,
            clock=event.type.startswith(("clock.", "sla.")),
            late=duration(late, self.locale) if late > LATE_SECONDS else None,
        )

    def actor(self, actor: str) -> str:
        kind, _, id_ = actor.partition(":")
        if kind == "staff":
            return self.names.staff.get(int(id_), actor)
        return self._translate(ACTORS.get(kind, actor))

    def sentence(self, event: RecordedEvent) -> str:
        """An event that cannot be read is shown by its type: the history hides nothing."""
        data = event.data
        if isinstance(data, Unreadable):
            return event.type
        form = self._translate(sentence_of(data))
        if isinstance(data, TicketClassified):
            return form.format(changes=self._changes(data))
        if isinstance(data, TicketCorrected):
            corrected = form.format(changes=self._changes(data))
            return self._joined([corrected, *self._customer_details(data)])
        values = {
            record_name(field): self._value(data, field, value)
            for field, value in asdict(data).items()
        }
        if isinstance(data, CompensationEvent):
            values["amount"] = money(data.amount, data.currency, self.locale)
        sentence = form.format_map(values)
        details: list[str] = []
        if isinstance(data, TicketOpened):
            details = self._customer_details(data)
        elif isinstance(data, TicketResolved):
            details = self._resolution_details(data)
        return self._joined([sentence, *details])

    def _joined(self, parts: Iterable[str]) -> str:
        return self._translate(N_("; ")).join(parts)

    def _customer_details(self, opened: TicketOpened | TicketCorrected) -> list[str]:
        """Details of the customer that came with the ticket."""
        comma = self._translate(N_(", "))
        given = {"new_details": opened.new_details, "other_details": opened.other_details}
        return [
            self._translate(CUSTOMER_DETAILS[name]).format(facts=comma.join(facts.given))
            for name, facts in given.items()
            if facts
        ]

    def _resolution_details(self, resolved: TicketResolved) -> list[str]:
        """Why the cause is unknown, and how the customer was told."""
        details = {name: getattr(resolved, name) for name in RESOLUTION_DETAILS}
        return [
            self._translate(RESOLUTION_DETAILS[name]).format(word=word)
            for name, word in details.items()
            if word
        ]

    def _value(self, data: EventData, field: str, value: Any) -> str:
        if field in _IDS[type(data)]:
            return self._name_of_id(data, field, value)
        match field:
            case _ if isinstance(value, datetime):
                return local_time(value, self.zone, self.locale, self.now)
            case "to" | "from_" if isinstance(data, SeverityRaised):
                return name_of(str(value), "severity", self.locale)
            case "seconds" if isinstance(value, int):
                return duration(value, self.locale)
            case "for_" if isinstance(data, TicketWaiting):
                return name_of(WAITING_STATES[data.for_], "state", self.locale)
            case _ if field in CODE_GROUPS:
                return name_of(str(value), CODE_GROUPS[field], self.locale)
            case "words" | "recipients":
                return self._translate(N_(", ")).join(map(str, value))
            case _:
                return "–" if value is None else str(value)

    def _changes(self, data: TicketClassified | TicketCorrected) -> str:
        return self._joined(
            self._translate(CHANGE).format_map(
                {
                    "column": self._translate(FIELD_NAMES[column]),
                    "from": self._named(data, column, change.from_),
                    "to": self._named(data, column, change.to),
                }
            )
            for column in FIELD_NAMES
            if (change := getattr(data, column, None)) is not None
        )

    def _named(self, data: EventData, column: str, value: Any) -> str:
        if column in _IDS[type(data)]:
            return self._name_of_id(data, column, value)
        if value is None:
            return "–"
        return name_of(value, column, self.locale) if column in CODE_GROUPS else str(value)

    def _name_of_id(self, data: EventData, field: str, id_: int | None) -> str:
        match _IDS[type(data)][field]:
            case "staff" if id_ is None:
                return self._translate(SUPERVISORS if isinstance(data, TicketReferred) else NOBODY)
            case _ if id_ is None:
                return "–"
            case "staff":
                return self.names.staff.get(id_, "–")
            case "category":
                english, chinese = self.names.categories.get(id_, ("–", "–"))
                return chinese if self.locale == "zh" else english
            case "supplier":
                return self.names.suppliers.get(id_, "–")
            case "customer":
                return self.names.customers.get(id_, "–")

    def _translate(self, message: str) -> str:
        return translate(message, self.locale)


async def load_names(events: Iterable[RecordedEvent]) -> Names:
    """The names for all ids in these events, in one query."""
    wanted: dict[Referent, set[int]] = {of: set() for of in get_args(Referent)}
    for event in events:
        kind, _, id_ = event.actor.partition(":")
        if kind == "staff":
            wanted["staff"].add(int(id_))
        for field, of in _IDS.get(type(event.data), {}).items():
            wanted[of] |= _ids(getattr(event.data, field))
    (row,) = await fetch(_NAMES, *(list(wanted[of]) for of in get_args(Referent)))
    return Names(
        staff=dict(row["staff"]),
        categories={id_: (en, zh) for id_, en, zh in row["categories"]},
        suppliers=dict(row["suppliers"]),
        customers=dict(row["customers"]),
    )


def _ids(value: int | Change[int] | Change[int | None] | None) -> set[int]:
    ids = {value.from_, value.to} if isinstance(value, Change) else {value}
    return {id_ for id_ in ids if id_ is not None}
