"""The history in words: a sentence for each event, in the reader's language."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from msgspec import Struct

from service_desk.database import fetch
from service_desk.i18n.formats import duration, local_time, money
from service_desk.i18n.names import name_of
from service_desk.i18n.translate import N_, translate
from service_desk.ticket_views.schemas import EventView

SENTENCES: Mapping[str, str] = {
    "ticket.opened": N_("Opened: {kind} by {channel}"),
    "ticket.split_from": N_("Split from ticket {split_from}: {kind} by {channel}"),
    "severity.raised": N_("Severity raised from {from} to {to}: the words {words}"),
    "sla.policy_applied": N_("SLA policy: {policy}"),
    "message.received": N_("The customer wrote ({via})"),
    "message.moved": N_("A message was moved to ticket {to}"),
    "message.split_out": N_("A message was split out to the new ticket {to}"),
    "message.moved_in": N_("A message was moved here from ticket {moved_from}"),
    "message.resent": N_("A message of unknown outcome was sent again"),
    "message.marked_as_sent": N_("A message of unknown outcome was marked as sent"),
    "message.no_reply_needed": N_("The customer wrote, no reply needed ({via})"),
    "message.sent": N_("Replied ({via})"),
    "message.sent_automatically": N_("Automatic message sent ({via})"),
    "note.added": N_("Note added"),
    "call.logged": N_("Call logged: the customer answered"),
    "call.missed": N_("Call logged: no answer"),
    "call.ended": N_("Phone call ended after {seconds}: {choice}"),
    "call.ended_unknown_duration": N_("Phone call ended, duration unknown: {choice}"),
    "call.not_connected": N_("Phone call not connected: {status}"),
    "callback.requested": N_("The customer requested a callback: {phone}"),
    "plan.recorded": N_("Handling plan recorded: {plan}"),
    "promise.made": N_("Promised an update by {due_at}"),
    "ticket.referred": N_("Referred to {to}: {question}"),
    "referral.answered": N_("Referral answered by {by}"),
    "ticket.assigned": N_("Assigned to {to}"),
    "ticket.waiting": N_("{for}"),
    "ticket.waiting_noted": N_("{for}: {note}"),
    "ticket.resumed": N_("No longer waiting"),
    "ticket.resolved": N_("Resolved: {resolution}"),
    "ticket.closed": N_("Closed"),
    "ticket.reopened": N_("Reopened: {reason}"),
    "ticket.classified": N_("Classified: {changes}"),
    "ticket.merged": N_("Merged into {into}"),
    "ticket.absorbed": N_("Ticket {from} was merged into this one"),
    "ticket.linked": N_("Linked with {to}"),
    "compensation.proposed": N_("Compensation of {amount} proposed: {reason}"),
    "compensation.approved": N_("Compensation of {amount} approved"),
    "compensation.rejected": N_("Compensation of {amount} rejected"),
    "rating.given": N_("Rated {score} of 5"),
    "staff.notified": N_("{clock} clock at {percent} %: notified {recipients}"),
    "staff.notified_nobody": N_("{clock} clock at {percent} %: nobody to notify"),
    "clock.started": N_("{clock} clock started, due {due_at}"),
    "due.set": N_("{clock} clock due {due_at}, set manually: {reason}"),
    "clock.due_moved": N_("{clock} clock now due {due_at}"),
    "clock.paused": N_("{clock} clock paused"),
    "clock.resumed": N_("{clock} clock resumed, due {due_at}"),
    "clock.met": N_("{clock} clock met"),
    "clock.met_late": N_("{clock} clock met late"),
    "clock.breached": N_("{clock} clock breached"),
    "clock.level_reached": N_("{clock} clock at {percent} %"),
    "clock.cancelled": N_("{clock} clock no longer needed"),
}
CUSTOMER_DETAILS = {
    "new_details": N_("new details: {facts}"),
    "other_details": N_("other contact details, kept with this ticket: {facts}"),
}
CHANGE = N_("{column} from {from} to {to}")
FIELD_NAMES = {
    "category": N_("category"),
    "cause": N_("cause"),
    "supplier": N_("supplier"),
    "severity": N_("severity"),
    "kind": N_("kind"),
}
# Groups of labels for values that are codes (i18n/names.py).
CODE_GROUPS = {
    "via": "channel", "channel": "channel", "clock": "clock", "kind": "kind", "cause": "cause",
    "choice": "call_choice", "status": "call_status", "policy": "policy",
}  # fmt: skip
# "to" and "from" of these are ticket numbers, of other ticket events ids of staff.
TICKET_NUMBER_EVENTS = ("ticket.linked", "ticket.absorbed", "message.moved")
REASONS = {
    "customer_message": N_("the customer wrote"),
    "rating": N_("the rating"),
}
NOBODY = N_("nobody")
SUPERVISORS = N_("the supervisors")
ACTORS = {"customer": N_("Customer"), "system": N_("Automatic")}
LATE_SECONDS = 60  # a later recording is worth showing

_NAMES = """
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(id, name)), '[]')
        FROM staff WHERE id = ANY($1)) AS staff,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(id, name_en, name_zh)), '[]')
        FROM category WHERE id = ANY($2)) AS categories,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(id, name)), '[]')
        FROM supplier WHERE id = ANY($3)) AS suppliers
"""


class Names(Struct, frozen=True):
    """Names for the ids in events; categories in English and Chinese."""

    staff: Mapping[int, str]
    categories: Mapping[int, tuple[str, str]]
    suppliers: Mapping[int, str]


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
    locale: str
    zone: ZoneInfo
    now: datetime

    def lines(self, events: Iterable[EventView]) -> list[HistoryLine]:
        """Newest first."""
        return [self.line(event) for event in reversed([*events])]

    def line(self, event: EventView) -> HistoryLine:
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

    def sentence(self, event: EventView) -> str:
        """An event type without a sentence is shown as it is: the history hides nothing."""
        form = SENTENCES.get(_sentence_key(event))
        if form is None:
            return event.type
        if event.type == "ticket.classified":
            return self._translate(form).format(changes=self._changes(event.data))
        values = {name: self._value(event.type, name, value) for name, value in event.data.items()}
        if "currency" in event.data:
            values["amount"] = money(event.data["amount"], event.data["currency"], self.locale)
        sentence = self._translate(form).format_map(_EventValues(values))
        return self._translate(N_("; ")).join([sentence, *self._customer_details(event.data)])

    def _customer_details(self, data: Mapping[str, Any]) -> list[str]:
        """Details of the customer that came with the ticket."""
        comma = self._translate(N_(", "))
        return [
            self._translate(form).format(facts=comma.join(data[name].values()))
            for name, form in CUSTOMER_DETAILS.items()
            if data.get(name)
        ]

    def _value(self, type_: str, name: str, value: Any) -> str:
        match name:
            case "at" | "due_at" if isinstance(value, str):
                at = datetime.fromisoformat(value)
                return local_time(at, self.zone, self.locale, self.now)
            case "to" | "from" if type_ in TICKET_NUMBER_EVENTS:
                return str(value)
            case "to" | "from" | "by" if type_.startswith(("ticket.", "referral.")):
                nobody = SUPERVISORS if type_ == "ticket.referred" else NOBODY
                return (
                    self._translate(nobody) if value is None else self.names.staff.get(value, "–")
                )
            case "to" | "from":
                return name_of(str(value), "severity", self.locale)
            case "seconds" if isinstance(value, int):
                return duration(value, self.locale)
            case "for":
                return name_of(f"waiting_{value}", "state", self.locale)
            case _ if name in CODE_GROUPS:
                return name_of(str(value), CODE_GROUPS[name], self.locale)
            case "words" | "recipients":
                return self._translate(N_(", ")).join(map(str, value))
            case "reason":
                return self._translate(REASONS.get(str(value), str(value)))
            case _:
                return "–" if value is None else str(value)

    def _changes(self, data: Mapping[str, Any]) -> str:
        return self._translate(N_("; ")).join(
            self._translate(CHANGE).format_map(
                {
                    "column": self._translate(FIELD_NAMES.get(column, column)),
                    "from": self._named(column, change["from"]),
                    "to": self._named(column, change["to"]),
                }
            )
            for column, change in data.items()
        )

    def _named(self, column: str, value: Any) -> str:
        if value is None:
            return "–"
        if column == "category":
            english, chinese = self.names.categories.get(value, ("–", "–"))
            return chinese if self.locale == "zh" else english
        if column == "supplier":
            return self.names.suppliers.get(value, "–")
        return name_of(value, column, self.locale)

    def _translate(self, message: str) -> str:
        return translate(message, self.locale)


class _EventValues(dict[str, str]):
    """A dash for placeholders that an old event has no value for."""

    def __missing__(self, key: str) -> str:
        return "–"


def _sentence_key(event: EventView) -> str:
    data = event.data
    match event.type:
        case "ticket.opened" if data.get("split_from"):
            return "ticket.split_from"
        case "message.moved" if data.get("split_out"):
            return "message.split_out"
        case "message.sent" if data.get("automatic"):
            return "message.sent_automatically"
        case "message.received" if data.get("moved_from"):
            return "message.moved_in"
        case "call.logged" if not data.get("answered"):
            return "call.missed"
        case "call.ended":
            return _call_end_key(data)
        case "ticket.waiting" if data.get("note"):
            return "ticket.waiting_noted"
        case "clock.met" if data.get("late"):
            return "clock.met_late"
        case "staff.notified" if not data.get("recipients"):
            return "staff.notified_nobody"
        case _:
            return event.type


def _call_end_key(data: Mapping[str, Any]) -> str:
    if data.get("status") != "completed":
        return "call.not_connected"
    if data.get("seconds") is None:
        return "call.ended_unknown_duration"
    return "call.ended"


async def load_names(events: Iterable[EventView]) -> Names:
    """The names for all ids in these events, in one query."""
    staff: set[int] = set()
    categories: set[int] = set()
    suppliers: set[int] = set()
    for event in events:
        kind, _, id_ = event.actor.partition(":")
        if kind == "staff":
            staff.add(int(id_))
        for name, value in event.data.items():
            if name in ("from", "to", "by", "owner") and isinstance(value, int):
                staff.add(value)
            if name in ("category", "supplier") and isinstance(value, dict):
                ids = cast(dict[str, int | None], value).values()
                (categories if name == "category" else suppliers).update(filter(None, ids))
    (row,) = await fetch(_NAMES, list(staff), list(categories), list(suppliers))
    return Names(
        staff=dict(row["staff"]),
        categories={id_: (en, zh) for id_, en, zh in row["categories"]},
        suppliers=dict(row["suppliers"]),
    )
