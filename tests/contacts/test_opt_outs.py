from datetime import timedelta

from service_desk.contacts.opt_outs import mark_opted_in, mark_opted_out
from service_desk.database import fetch_value
from tests.factories import NOW, PHONE, make_ticket


async def test_the_first_opt_out_is_the_one_that_counts(desk: str) -> None:
    await make_ticket()
    assert await mark_opted_out(PHONE, now=NOW)
    assert await mark_opted_out(PHONE, now=NOW + timedelta(days=1))
    assert await fetch_value("SELECT opted_out_at FROM customer") == NOW
    assert await mark_opted_in(PHONE, now=NOW)
    assert await fetch_value("SELECT opted_out_at FROM customer") is None


async def test_a_number_without_a_customer(desk: str) -> None:
    assert not await mark_opted_out(PHONE, now=NOW)
    assert not await mark_opted_in(PHONE, now=NOW)
