import asyncio

import pytest

from service_desk.database import fetch_value, transaction
from service_desk.idempotency.receipts import claim, once
from tests.factories import NOW


async def process(key: str, *, fails: bool = False) -> tuple[str, bool]:
    """The response, and whether it was processed now."""
    processed = False

    async def respond() -> str:
        nonlocal processed
        processed = True
        await asyncio.sleep(0.02)
        if fails:
            raise LookupError
        return f"response to {key}"

    return await once(key, respond, contact="+1", now=NOW), processed


async def test_concurrent_repetitions_get_the_first_response(desk: str) -> None:
    responses = await asyncio.gather(*(process("a") for _ in range(8)))
    assert sorted(responses) == [("response to a", False)] * 7 + [("response to a", True)]


async def test_a_failed_request_can_be_repeated(desk: str) -> None:
    with pytest.raises(LookupError):
        await process("a", fails=True)
    assert await process("a") == ("response to a", True)


async def test_a_request_that_waited_for_a_failed_one_is_processed(desk: str) -> None:
    begun = asyncio.Event()

    async def begin_and_fail() -> str:
        begun.set()
        await asyncio.sleep(0.02)
        raise LookupError

    failing = asyncio.create_task(once("a", begin_and_fail, contact="+1", now=NOW))
    await begun.wait()
    waiting = asyncio.create_task(process("a"))
    with pytest.raises(LookupError):
        await failing
    assert await waiting == ("response to a", True)


async def test_what_responds_nothing_counts_once_too(desk: str) -> None:
    counted: list[int] = []

    async def count() -> None:
        counted.append(1)

    assert [await once("a", count, contact="+1", now=NOW) for _ in range(2)] == ["", ""]
    assert counted == [1]


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
