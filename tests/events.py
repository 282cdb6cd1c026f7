"""Ticket events for tests, from the facts that a test is about."""

from datetime import datetime
from typing import Any

import msgspec

from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.event_types import read_event

_MESSAGE = {"message": 1, "via": "sms"}
_PAID = {"compensation": 1, "amount": 12050, "currency": "CNY"}
_CLOCK = {"clock": "response", "ordinal": 1}
_TIME = "2026-10-19T02:00:00Z"
USUAL: dict[str, dict[str, Any]] = {
    "ticket.opened": {
        "kind": "complaint",
        "channel": "sms",
        "severity": "normal",
        "message": 1,
        "category": None,
        "supplier": None,
    },
    "severity.raised": {"from": "normal", "to": "safety", "words": ["smoke"]},
    "sla.policy_applied": {"policy": "standard", "policy_version": 1, "calendar_version": None},
    "message.received": _MESSAGE,
    "message.no_reply_needed": _MESSAGE,
    "message.sent": _MESSAGE | {"automatic": False},
    "message.moved": {"message": 1, "to": "100014"},
    "message.failed": {"message": 1, "state": "failed"},
    "message.resent": {"message": 1},
    "message.sent_later": {"message": 1},
    "message.marked_as_sent": {"message": 1},
    "note.added": {"message": 1},
    "call.logged": {"message": 1, "answered": True},
    "call.ended": {"status": "completed", "seconds": 95, "choice": "person"},
    "callback.requested": {"phone": "+8613800138000"},
    "plan.recorded": {
        "diagnosis": "A seal leaks",
        "plan": "Replace it",
        "options": [],
        "chosen": None,
        "owner": 1,
    },
    "promise.made": {"due_at": _TIME},
    "ticket.referred": {"question": "May we pay?", "to": None, "by": 1},
    "referral.answered": {"by": 2},
    "ticket.assigned": {"from": None, "to": 1},
    "ticket.waiting": {"for": "customer"},
    "ticket.resumed": {"reason": "staff"},
    "ticket.resolved": {"resolution": "Replaced"},
    "ticket.closed": {},
    "ticket.reopened": {"reason": "It leaks again"},
    "ticket.classified": {},
    "ticket.corrected": {"product": {"from": "W1", "to": "W7"}},
    "ticket.absorbed": {"from": "100014"},
    "ticket.merged": {"into": "100014"},
    "ticket.linked": {"to": "100014"},
    "compensation.proposed": _PAID | {"reason": "A wet floor"},
    "compensation.approved": _PAID | {"recovered_from": None},
    "compensation.rejected": _PAID,
    "rating.given": {"score": 4},
    "rating.dealt_with": {"score": 1},
    "staff.notified": {"clock": "response", "percent": 80, "recipients": ["mei@desk.test"]},
    "due.set": {"clock": "response", "due_at": _TIME, "reason": "Agreed", "due_before": _TIME},
    "clock.started": _CLOCK | {"due_at": _TIME, "target_seconds": 7200},
    "clock.due_moved": _CLOCK | {"due_at": _TIME, "due_before": _TIME},
    "clock.paused": _CLOCK,
    "clock.resumed": _CLOCK | {"due_at": _TIME},
    "clock.met": _CLOCK | {"late": False},
    "clock.breached": _CLOCK,
    "clock.level_reached": _CLOCK | {"percent": 80},
    "clock.cancelled": _CLOCK,
}


def event(type_: str, at: datetime, data: dict[str, Any] | None = None) -> Event:
    """As read from the history; what is not given is as usual."""
    values = USUAL.get(type_, {}) | (data or {})
    return read_event(type_, at, msgspec.json.encode(values).decode())
