"""What resolving a ticket takes."""

from datetime import timedelta

import pytest

from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput
from service_desk.rules.tickets.vocabulary import Cause, Kind
from service_desk.tickets.change import change_ticket
from service_desk.tickets.resolving import MAX_NOTE_LENGTH, check_cause, clean_note, record_resolved
from tests.factories import NOW, make_staff, make_ticket

LATER = NOW + timedelta(hours=1)
CLASSIFY = "UPDATE ticket SET category = (SELECT min(id) FROM category)"


@pytest.mark.parametrize("kind", ["repair", "exchange_return", "enquiry"])
async def test_only_a_complaint_takes_a_category_and_a_cause(desk: str, kind: Kind) -> None:
    ticket = await make_ticket(kind=kind)
    async with change_ticket(ticket.number, actor="staff:1", now=NOW) as change:
        check_cause(change, None, None)


async def test_a_complaint_takes_a_category_first(desk: str) -> None:
    ticket = await make_ticket()
    await fetch("UPDATE ticket SET category = NULL")
    async with change_ticket(ticket.number, actor="staff:1", now=NOW) as change:
        with pytest.raises(InvalidInput, match="Classify it first") as refused:
            check_cause(change, "our_service", None)
    assert refused.value.field == "category"


@pytest.mark.parametrize(
    ("cause", "note", "field"),
    [
        ("our_service", None, None),
        ("unknown", "Nobody saw it", None),
        (None, "Nobody saw it", None),
        ("unknown", None, "cause_note"),
        (None, None, "cause"),
    ],
)
async def test_an_unknown_cause_takes_a_word_why(
    desk: str, cause: Cause | None, note: str | None, field: str | None
) -> None:
    ticket = await make_ticket()
    await fetch(CLASSIFY)
    async with change_ticket(ticket.number, actor="staff:1", now=NOW) as change:
        if field is None:
            check_cause(change, cause, note)
            return
        with pytest.raises(InvalidInput) as refused:
            check_cause(change, cause, note)
    assert refused.value.field == field


@pytest.mark.parametrize("told_by", [None, "By phone"])
async def test_the_customer_is_told_unless_they_were_and_is_asked_for_a_rating(
    desk: str, told_by: str | None
) -> None:
    ticket, agent = await make_ticket(), await make_staff()
    async with change_ticket(ticket.number, actor=f"staff:{agent}", now=LATER) as change:
        await record_resolved(change, "A new seal", "our_service", cause_note=None, told_by=told_by)
    data = await fetch_value("SELECT data FROM ticket_event WHERE type = 'ticket.resolved'")
    assert data["told"] is True
    assert data.get("told_by") == told_by
    assert ("message" in data) == (told_by is None)
    sent = await fetch_value("SELECT body FROM outbox WHERE purpose = 'rating_request'")
    assert ("A new seal" in sent) == (told_by is None)
    assert await fetch_value("SELECT requested_at FROM rating WHERE ticket = $1", ticket.id) == (
        LATER
    )


def test_a_note_is_stripped_none_if_empty_and_limited() -> None:
    assert clean_note("cause_note", "  worn ") == "worn"
    assert clean_note("cause_note", " ") is clean_note("cause_note", None) is None
    assert clean_note("cause_note", "x" * MAX_NOTE_LENGTH) == "x" * MAX_NOTE_LENGTH
    with pytest.raises(InvalidInput) as refused:
        clean_note("cause_note", "x" * (MAX_NOTE_LENGTH + 1))
    assert refused.value.field == "cause_note"
