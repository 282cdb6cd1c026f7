import asyncio

import pytest

from service_desk.database import fetch_value, transaction
from service_desk.idempotency.receipts import claim, store_response, stored_response
from tests.factories import NOW


async def process(key: str, *, fails: bool = False) -> str:
    async with transaction():
        if not await claim(key, contact="+1", now=NOW):
            return await stored_response(key)
        await asyncio.sleep(0.02)
        if fails:
            raise LookupError
        await store_response(key, f"response to {key}")
        return "first"


async def test_concurrent_repetitions_get_the_first_response(desk: str) -> None:
    responses = await asyncio.gather(*(process("a") for _ in range(8)))
    assert sorted(responses) == ["first"] + ["response to a"] * 7


async def test_a_failed_request_can_be_repeated(desk: str) -> None:
    with pytest.raises(LookupError):
        await process("a", fails=True)
    assert await process("a") == "first"


async def test_a_request_that_waited_for_a_failed_one_is_processed(desk: str) -> None:
    failing = asyncio.create_task(process("a", fails=True))
    await asyncio.sleep(0.005)
    waiting = asyncio.create_task(process("a"))
    with pytest.raises(LookupError):
        await failing
    assert await waiting == "first"


async def test_contacts_do_not_wait_for_each_other(desk: str) -> None:
    async with transaction():
        await claim("a", contact="+1", now=NOW)
        other = asyncio.create_task(_claim_as("b", "+2"))
        async with asyncio.timeout(2):
            assert await other
    assert await fetch_value("SELECT count(*) FROM inbound_receipt") == 2


async def _claim_as(key: str, contact: str) -> bool:
    # A task inherits the context: without this it would join its creator's transaction.
    from service_desk.database import DB

    DB.current_transaction.set(None)
    async with transaction():
        return await claim(key, contact=contact, now=NOW)
