"""What a customer sees of a ticket by its token."""

from service_desk.self_service.tracking import tracked_messages, tracked_ticket
from service_desk.tickets.conversation import add_note, receive_message
from tests.factories import NOW, make_staff, make_ticket


async def test_a_token_opens_its_ticket_and_no_other(desk: str) -> None:
    ticket = await make_ticket()
    tracked = await tracked_ticket(ticket.token)
    assert tracked is not None
    assert (tracked.number, tracked.state, tracked.work_started) == (ticket.number, "new", False)
    assert await tracked_ticket(ticket.token[:-1]) is None
    assert await tracked_ticket(ticket.number) is None


async def test_notes_are_for_staff_only(desk: str) -> None:
    ticket, agent = await make_ticket("broken"), await make_staff()
    await add_note(ticket.number, "a difficult customer", staff_id=agent, now=NOW)
    await receive_message(ticket.number, "hello?", channel="web", now=NOW)
    bodies = [message.body for message in await tracked_messages(ticket.token)]
    assert bodies == ["broken", "hello?"]
