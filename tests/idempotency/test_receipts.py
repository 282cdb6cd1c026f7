import asyncio

import pytest

from service_desk.database import fetch_value, transaction
from service_desk.idempotency.receipts import claim, store_response, stored_response
from tests.factories import NOW


async def take(key: str, *, fails: bool = False) -> str:
    async with transaction():
        if not await claim(key, sender="+1", now=NOW):
            return await stored_response(key)
        await asyncio.sleep(0.02)
        if fails:
            raise LookupError
        await store_response(key, f"answer to {key}")
        return "first"


async def test_one_is_first_and_the_others_get_its_answer(desk) -> None:
    answers = await asyncio.gather(*(take("a") for _ in range(8)))
    assert sorted(answers) == ["answer to a"] * 7 + ["first"]


async def test_what_failed_can_be_taken_again(desk) -> None:
    with pytest.raises(LookupError):
        await take("a", fails=True)
    assert await take("a") == "first"


async def test_what_waited_for_a_failure_is_taken(desk) -> None:
    failing = asyncio.create_task(take("a", fails=True))
    await asyncio.sleep(0.005)
    waiting = asyncio.create_task(take("a"))
    with pytest.raises(LookupError):
        await failing
    assert await waiting == "first"


async def test_senders_do_not_wait_for_each_other(desk) -> None:
    async with transaction():
        await claim("a", sender="+1", now=NOW)
        other = asyncio.create_task(_claim_as("b", "+2"))
        async with asyncio.timeout(2):
            assert await other
    assert await fetch_value("SELECT count(*) FROM inbound_receipt") == 2


async def _claim_as(key: str, sender: str) -> bool:
    # A task inherits the context: without this it would join the transaction it was made in.
    from service_desk.database import DB

    DB.current_transaction.set(None)
    async with transaction():
        return await claim(key, sender=sender, now=NOW)
