"""Which things of a ticket an event changed: two people must not change the same one unseen."""

from collections.abc import Callable, Mapping
from typing import Any

from service_desk.rules.tickets.event import EventData
from service_desk.rules.tickets.events import (
    CompensationApproved,
    CompensationProposed,
    CompensationRejected,
    DueSet,
    PlanRecorded,
    PromiseMade,
    ReferralAnswered,
    SeverityRaised,
    TicketAssigned,
    TicketClassified,
    TicketClosed,
    TicketCorrected,
    TicketLinked,
    TicketMerged,
    TicketReferred,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketWaiting,
)

CLASSIFIED = ("severity", "kind", "category", "cause", "supplier")
CORRECTED = ("subject", "product", "serial_number", "customer")
PLAN_FIELDS = ("diagnosis", "plan", "owner", "chosen", "option1", "option2", "option3", "option4")


def things_changed(data: EventData) -> Mapping[str, object]:
    """By its name what each was set to; category, supplier, assignee and customer by their ids,
    a compensation as minor units and currency; None for a referral that was answered."""
    read = _READERS.get(type(data))
    return {} if read is None else read(data)


def _named_changes(data: TicketClassified | TicketCorrected) -> Mapping[str, object]:
    names = CLASSIFIED if isinstance(data, TicketClassified) else CORRECTED
    changes = {name: getattr(data, name) for name in names}
    return {name: change.to for name, change in changes.items() if change is not None}


def _resolved(data: TicketResolved) -> Mapping[str, object]:
    return {"state": "resolved"} | ({"cause": data.cause} if data.cause else {})


_READERS: Mapping[type[EventData], Callable[[Any], Mapping[str, object]]] = {
    TicketClassified: _named_changes,
    TicketCorrected: _named_changes,
    SeverityRaised: lambda data: {"severity": data.to},
    PlanRecorded: lambda data: {"plan": data.plan},
    TicketAssigned: lambda data: {"assignee": data.to},
    PromiseMade: lambda data: {"promise": data.due_at},
    DueSet: lambda data: {f"due {data.clock}": data.due_at},
    TicketReferred: lambda data: {"referral": data.question},
    ReferralAnswered: lambda _: {"referral": None},
    TicketLinked: lambda data: {"link": data.to},
    CompensationProposed: lambda data: {"compensation": (data.amount, data.currency)},
    CompensationApproved: lambda data: {f"compensation {data.compensation}": "approved"},
    CompensationRejected: lambda data: {f"compensation {data.compensation}": "rejected"},
    TicketResolved: _resolved,
    TicketWaiting: lambda data: {"state": f"waiting_{data.for_}"},
    TicketResumed: lambda _: {"state": "open"},
    TicketReopened: lambda _: {"state": "open"},
    TicketClosed: lambda _: {"state": "closed"},
    TicketMerged: lambda _: {"state": "closed"},
}


def thing_of(field: str) -> str:
    """What a field of the ticket page's forms is a part of: a plan is recorded as a whole."""
    return "plan" if field in PLAN_FIELDS else field
