import asyncio

from service_desk.database import fetch_value, transaction
from service_desk.phone_line.calls import CallProgress, lock_call, put_on_ticket, update_call
from tests.factories import NOW, PHONE, make_ticket


async def begin(caller: str | None = PHONE) -> CallProgress:
    async with transaction():
        return await lock_call("CA1", caller=caller, locale="zh", now=NOW)


async def test_the_first_webhook_inserts_the_call(desk: str) -> None:
    calls = await asyncio.gather(*(begin() for _ in range(5)))
    assert len({call.id for call in calls}) == 1
    assert await fetch_value("SELECT count(*) FROM phone_call") == 1
    assert (await begin(None)).caller == PHONE


async def test_a_call_is_put_on_a_ticket_by_its_number(desk: str) -> None:
    ticket = await make_ticket()
    call = await begin()
    await put_on_ticket(call.id, ticket.number)
    await update_call(call.id, menu_choice="repair", locale="en")
    call = await begin()
    assert (call.ticket, call.menu_choice, call.locale) == (ticket.number, "repair", "en")
