"""A message is split out into a new ticket."""

from datetime import timedelta

import pytest

from service_desk.attachments.operations import pending_attachment
from service_desk.clocks.verification import verify_clocks
from service_desk.database import fetch, fetch_value
from service_desk.errors import DeskError, InvalidInput, NotFound
from service_desk.linking.operations import split_out
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.conversation import receive_message, reply
from tests.factories import NOW, PHONE, make_staff, make_ticket

HOUR = timedelta(hours=1)


@pytest.fixture
async def mixed(desk: str) -> tuple[str, int, int]:
    """An answered ticket whose customer wrote of something else an hour later; the message with
    its photo, an agent."""
    agent, number = await make_staff(), (await make_ticket()).number
    await reply(number, "We look into it", staff_id=agent, now=NOW)
    photo = pending_attachment("https://api.twilio.com/x", declared_type="image/jpeg", name="mms-1")
    await receive_message(
        number, "The fridge is loud, too", channel="sms", provider_id="SM7", attachments=(photo,),
        now=NOW + HOUR,
    )  # fmt: skip
    return number, await fetch_value("SELECT max(id) FROM message"), agent


async def test_the_new_tickets_clocks_start_when_the_message_was_received(
    mixed: tuple[str, int, int],
) -> None:
    number, message, agent = mixed
    made = await split_out(number, message, staff_id=agent, now=NOW + 2 * HOUR)
    new, old = await get_ticket(made, NOW + 2 * HOUR), await get_ticket(number, NOW + 2 * HOUR)
    assert new.customer == old.customer
    assert (new.subject, new.channel, new.kind) == ("The fridge is loud, too", "sms", "complaint")
    assert (new.received_at, new.linked_to) == (NOW + HOUR, number)
    assert {clock.name: clock.due_at for clock in new.clocks}["response"] == NOW + 3 * HOUR
    assert [(entry.id, entry.body) for entry in new.messages] == [
        (message, "The fridge is loud, too")
    ]
    assert len(new.messages[0].attachments) == 1
    assert [entry.body for entry in old.messages] == [
        "The washing machine does not spin", "We look into it",
    ]  # fmt: skip
    states = {clock.name: clock.state for clock in old.clocks}
    assert (states["response"], states["next_response"]) == ("met", "cancelled")
    async for batch in verify_clocks(NOW + 2 * HOUR):
        assert batch.differences == []


async def test_both_histories_record_the_split(mixed: tuple[str, int, int]) -> None:
    number, message, agent = mixed
    made = await split_out(number, message, staff_id=agent, now=NOW + 2 * HOUR)
    moved = (await get_ticket(number, NOW)).events
    assert any(
        event.type == "message.moved"
        and event.actor == f"staff:{agent}"
        and event.data == {"message": message, "to": made, "split_out": True}
        for event in moved
    )
    opened = (await get_ticket(made, NOW)).events[0]
    assert (opened.type, opened.actor) == ("ticket.opened", f"staff:{agent}")
    assert (opened.data["split_from"], opened.data["message"]) == (number, message)
    assert opened.recorded_at == NOW + 2 * HOUR


async def test_kind_subject_and_acknowledgement(mixed: tuple[str, int, int]) -> None:
    number, message, agent = mixed
    made = await split_out(
        number, message, kind="repair", subject="Fridge", acknowledge=True, staff_id=agent,
        now=NOW + 2 * HOUR,
    )  # fmt: skip
    ticket = await get_ticket(made, NOW)
    assert (ticket.kind, ticket.subject) == ("repair", "Fridge")
    texts = await fetch("SELECT recipient, body FROM outbox WHERE purpose = 'acknowledgement'")
    assert [(row["recipient"], made in row["body"]) for row in texts] == [(PHONE, True)]


async def test_a_customer_without_contacts_stays_the_same(desk: str) -> None:
    agent, ticket = await make_staff(), await make_ticket(phone=None)
    await receive_message(ticket.number, "The fridge", channel="call", now=NOW)
    message = await fetch_value("SELECT max(id) FROM message")
    await split_out(ticket.number, message, staff_id=agent, now=NOW)
    assert await fetch_value("SELECT count(*) FROM customer") == 1


async def test_messages_that_cannot_be_split_out(mixed: tuple[str, int, int]) -> None:
    number, message, agent = mixed
    other = (await make_ticket("Another")).number
    opening, answer = [entry.id for entry in (await get_ticket(number, NOW)).messages[:2]]
    cases: list[tuple[str, int, type[DeskError]]] = [
        (number, opening, InvalidInput),
        (number, answer, InvalidInput),
        (other, message, NotFound),
        (number, 10**12, NotFound),
        ("999999", message, NotFound),
    ]
    for ticket, id_, error in cases:
        with pytest.raises(error):
            await split_out(ticket, id_, staff_id=agent, now=NOW + 2 * HOUR)
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
    await split_out(number, message, staff_id=agent, now=NOW + 2 * HOUR)
    with pytest.raises(NotFound):  # somebody else has split it out
        await split_out(number, message, staff_id=agent, now=NOW + 2 * HOUR)
