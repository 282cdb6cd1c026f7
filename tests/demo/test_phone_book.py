from datetime import timedelta

from httpx import AsyncClient

from service_desk.database import fetch
from service_desk.demo.phone_book import bubbles, phone_owner, phone_owners
from service_desk.tickets.conversation import receive_message
from tests.factories import NOW, PHONE, make_ticket
from tests.twilio_side import text_desk


async def test_a_phone_shows_commands_and_what_went_on_tickets_once_each(
    client: AsyncClient,
) -> None:
    await text_desk(client, "broken")
    await text_desk(client, "STATUS")
    found = await bubbles(PHONE)
    assert [bubble.body for bubble in found if bubble.incoming] == ["broken", "STATUS"]
    assert [bubble.incoming for bubble in found] == [True, False, True, False]


async def test_what_came_before_there_were_receipts_is_shown_too(desk: str) -> None:
    ticket = await make_ticket("first", at=NOW)
    later = NOW + timedelta(minutes=1)
    await receive_message(ticket.number, "second", channel="sms", now=later)
    await receive_message(ticket.number, "by web", channel="web", now=later)
    assert [bubble.body for bubble in await bubbles(PHONE)] == ["first", "second"]


async def test_what_is_not_sent_yet_is_not_on_the_phone(desk: str) -> None:
    ticket = await make_ticket("first")
    for state in ("queued", "suppressed", "failed", "sent"):
        await fetch(
            "INSERT INTO outbox (channel, recipient, subject, body, ticket, purpose, state, "
            "attempts, created_at) "
            "VALUES ('sms', $1, '', $2::text, $3, 'reply', $2::text, 0, now())",
            PHONE,
            state,
            ticket.id,
        )
    assert [bubble.body for bubble in await bubbles(PHONE)] == ["first", "sent"]


async def test_owners_are_those_heard_of_last(desk: str) -> None:
    await make_ticket(at=NOW - timedelta(days=1))
    await make_ticket(phone="+8613800138009", at=NOW)
    await make_ticket(phone=None)
    assert [one.phone for one in await phone_owners()] == ["+8613800138009", PHONE]
    owner = await phone_owner(PHONE)
    assert owner is not None
    assert owner.open_tickets == 1
    assert await phone_owner("+8613800138001") is None
