"""Which things of a ticket an event changed."""

from service_desk.rules.tickets.events import (
    Change,
    CompensationProposed,
    CompensationRejected,
    PlanRecorded,
    ReferralAnswered,
    TicketAssigned,
    TicketClassified,
    TicketClosed,
    TicketCorrected,
    TicketResolved,
    TicketWaiting,
)
from service_desk.rules.tickets.meanwhile import thing_of, things_changed
from service_desk.rules.tickets.message_events import NoteAdded


def test_the_things_of_an_event() -> None:
    classified = TicketClassified(cause=Change("unknown", "logistics"))
    assert things_changed(classified) == {"cause": "logistics"}
    assert things_changed(TicketCorrected(product=Change("W1", None))) == {"product": None}
    assert things_changed(TicketAssigned(None, 7)) == {"assignee": 7}
    assert things_changed(PlanRecorded("worn", "renew", (), None, 7)) == {"plan": "renew"}
    assert things_changed(TicketWaiting("parts")) == {"state": "waiting_parts"}
    assert things_changed(TicketClosed()) == {"state": "closed"}
    resolved = TicketResolved("mended", "our_service")
    assert things_changed(resolved) == {"state": "resolved", "cause": "our_service"}
    proposed = CompensationProposed(3, 12050, "CNY", "wet floor")
    assert things_changed(proposed) == {"compensation": (12050, "CNY")}
    assert things_changed(CompensationRejected(3, 12050, "CNY")) == {"compensation 3": "rejected"}
    assert things_changed(ReferralAnswered(2)) == {"referral": None}
    assert things_changed(NoteAdded(1)) == {}


def test_a_plan_is_one_thing() -> None:
    assert {thing_of(field) for field in ("diagnosis", "option3", "owner")} == {"plan"}
    assert thing_of("severity") == "severity"
