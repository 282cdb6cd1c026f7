"""The sentences of the history, one for each event type and for its variants."""

from collections.abc import Mapping

from service_desk.i18n.translate import N_
from service_desk.principal import CUSTOMER, SYSTEM
from service_desk.rules.tickets.clock_events import ClockMet
from service_desk.rules.tickets.event import EventData
from service_desk.rules.tickets.events import TicketOpened, TicketReopened, TicketWaiting
from service_desk.rules.tickets.message_events import (
    CallEnded,
    CallLogged,
    MessageMoved,
    MessageReceived,
    MessageSent,
)

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
    "message.failed": N_("A message did not reach the customer; it counts as not sent"),
    "message.marked_as_sent": N_("A message of unknown outcome was marked as sent"),
    "message.no_reply_needed": N_("The customer wrote, no reply needed ({via})"),
    "message.sent": N_("Replied ({via})"),
    "message.sent_in_vain": N_("Replied ({via}), but nothing reaches this customer"),
    "message.waits": N_("Replied ({via}); it waits: this desk cannot send by this channel yet"),
    "message.sent_later": N_("A reply that had waited was sent; it counts from now on"),
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
    "ticket.reopened_by_customer": N_("Reopened: the customer wrote"),
    "ticket.classified": N_("Classified: {changes}"),
    "ticket.corrected": N_("Corrected: {changes}"),
    "ticket.merged": N_("Merged into {into}"),
    "ticket.absorbed": N_("Ticket {from} was merged into this one"),
    "ticket.linked": N_("Linked with {to}"),
    "compensation.proposed": N_("Compensation of {amount} proposed: {reason}"),
    "compensation.approved": N_("Compensation of {amount} approved"),
    "compensation.rejected": N_("Compensation of {amount} rejected"),
    "rating.given": N_("Rated {score} of 5"),
    "rating.dealt_with": N_("The rating of {score} was dealt with"),
    "staff.notified": N_("{clock} clock at {percent} %: notified {recipients}"),
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
RESOLUTION_DETAILS = {
    "cause_note": N_("cause unknown: {word}"),
    "told_by": N_("the customer was told: {word}"),
}
CHANGE = N_("{column} from {from} to {to}")
FIELD_NAMES = {
    "category": N_("category"),
    "cause": N_("cause"),
    "supplier": N_("supplier"),
    "severity": N_("severity"),
    "kind": N_("kind"),
    "subject": N_("subject"),
    "product": N_("product"),
    "serial_number": N_("serial number"),
    "customer": N_("customer"),
}
# Groups of labels for values that are codes (i18n/names.py).
CODE_GROUPS = {
    "via": "channel", "channel": "channel", "clock": "clock", "kind": "kind", "cause": "cause",
    "choice": "call_choice", "status": "call_status", "policy": "policy", "severity": "severity",
}  # fmt: skip
NOBODY = N_("nobody")
SUPERVISORS = N_("the supervisors")
ACTORS = {CUSTOMER: N_("Customer"), SYSTEM: N_("Automatic")}


def sentence_of(data: EventData) -> str:
    """With the names of the event's fields as placeholders."""
    return SENTENCES[_variant(data)]


def _variant(data: EventData) -> str:
    match data:
        case TicketOpened(split_from=str()):
            return "ticket.split_from"
        case MessageMoved(split_out=True):
            return "message.split_out"
        case MessageSent():
            return _variant_of_message(data)
        case MessageReceived(moved_from=str()):
            return "message.moved_in"
        case CallLogged() | CallEnded():
            return _variant_of_call(data)
        case TicketWaiting(note=note) if note:
            return "ticket.waiting_noted"
        case TicketReopened(reason=None):
            return "ticket.reopened_by_customer"
        case ClockMet(late=True):
            return "clock.met_late"
        case _:
            return data.type


def _variant_of_message(data: MessageSent) -> str:
    if data.automatic:
        return "message.sent_automatically"
    if data.waits:
        return "message.waits"
    if not data.counts:
        return "message.sent_in_vain"
    return data.type


def _variant_of_call(data: CallLogged | CallEnded) -> str:
    match data:
        case CallLogged(answered=False):
            return "call.missed"
        case CallEnded(status=status) if status != "completed":
            return "call.not_connected"
        case CallEnded(seconds=None):
            return "call.ended_unknown_duration"
        case _:
            return data.type
