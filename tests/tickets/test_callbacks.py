from service_desk.database import fetch, fetch_value
from service_desk.tickets.callbacks import ask_for_callback
from tests.factories import NOW, PHONE, make_ticket


async def test_the_wish_is_on_the_ticket_with_the_number_to_call(desk) -> None:
    ticket = await make_ticket()
    await ask_for_callback(ticket.number, PHONE, said="CALL", external_id="SM1", now=NOW)
    await ask_for_callback(ticket.number, None, now=NOW)
    events = await fetch("SELECT data FROM ticket_event WHERE type = 'callback.requested'")
    assert [row["data"] for row in events] == [{"phone": PHONE}, {"phone": None}]
    assert await fetch_value("SELECT body FROM message WHERE external_id = 'SM1'") == "CALL"
    assert await fetch_value("SELECT count(*) FROM message") == 2
