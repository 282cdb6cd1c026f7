"""The history in words: a sentence for each event, in the reader's language."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import asdict

from service_desk.database import fetch
from service_desk.i18n.formats import duration, local_time, money
from service_desk.i18n.names import name_of
from service_desk.i18n.translate import N_, translate
from service_desk.rules.tickets.event import EventData, record_name
from service_desk.rules.tickets.events import (
    CompensationApproved,
    CompensationProposed,
    CompensationRejected,
    PlanRecorded,
    ReferralAnswered,
    SeverityRaised,
    TicketAssigned,
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

# Whose from, to and by are ids of staff.
STAFF_EVENTS = (TicketAssigned, TicketReferred, ReferralAnswered)
COMPENSATION_EVENTS = (CompensationProposed, CompensationApproved, CompensationRejected)
LATE_SECONDS = 60  # a later recording is worth showing

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
        if isinstance(data, COMPENSATION_EVENTS):
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
        match field:
            case _ if isinstance(value, datetime):
                return local_time(value, self.zone, self.locale, self.now)
            case "to" | "from_" | "by" if isinstance(data, STAFF_EVENTS):
                nobody = SUPERVISORS if isinstance(data, TicketReferred) else NOBODY
                return (
                    self._translate(nobody) if value is None else self.names.staff.get(value, "–")
                )
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
                    "from": self._named(column, change.from_),
                    "to": self._named(column, change.to),
                }
            )
            for column in FIELD_NAMES
            if (change := getattr(data, column, None)) is not None
        )

    def _named(self, column: str, value: Any) -> str:
        if value is None:
            return "–"
        if column == "category":
            english, chinese = self.names.categories.get(value, ("–", "–"))
            return chinese if self.locale == "zh" else english
        if column == "supplier":
            return self.names.suppliers.get(value, "–")
        if column == "customer":
            return self.names.customers.get(value, "–")
        return name_of(value, column, self.locale) if column in CODE_GROUPS else str(value)

    def _translate(self, message: str) -> str:
        return translate(message, self.locale)


async def load_names(events: Iterable[RecordedEvent]) -> Names:
    """The names for all ids in these events, in one query."""
    staff, categories, suppliers = set[int | None](), set[int | None](), set[int | None]()
    customers = set[int | None]()
    for event in events:
        kind, _, id_ = event.actor.partition(":")
        if kind == "staff":
            staff.add(int(id_))
        _collect_ids(event.data, staff, categories, suppliers)
        if isinstance(event.data, TicketCorrected) and event.data.customer:
            customers |= {event.data.customer.from_, event.data.customer.to}
    wanted = (staff, categories, suppliers, customers)
    (row,) = await fetch(_NAMES, *(list(ids - {None}) for ids in wanted))
    return Names(
        staff=dict(row["staff"]),
        categories={id_: (en, zh) for id_, en, zh in row["categories"]},
        suppliers=dict(row["suppliers"]),
        customers=dict(row["customers"]),
    )


def _collect_ids(
    data: EventData,
    staff: set[int | None],
    categories: set[int | None],
    suppliers: set[int | None],
) -> None:
    match data:
        case TicketAssigned(from_=before, to=after):
            staff |= {before, after}
        case TicketReferred(to=to, by=by):
            staff |= {to, by}
        case ReferralAnswered(by=by):
            staff.add(by)
        case PlanRecorded(owner=owner):
            staff.add(owner)
        case TicketClassified(category=category, supplier=supplier):
            categories |= {category.from_, category.to} if category else set()
            suppliers |= {supplier.from_, supplier.to} if supplier else set()
        case _:
            pass
