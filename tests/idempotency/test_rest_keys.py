import asyncio

import pytest

from service_desk.database import transaction
from service_desk.errors import Conflict
from service_desk.idempotency.rest_keys import (
    StoredResponse,
    claim,
    store_response,
    stored_response,
)
from tests.factories import NOW

CREATED = StoredResponse(201, '{"name": "茶"}'.encode())


async def call(request_hash: str = "one", *, fails: bool = False) -> StoredResponse | None:
    """None if the call was executed, else the response to an earlier one."""
    async with transaction():
        if not await claim("k", request_hash, now=NOW):
            return await stored_response("k", request_hash)
        await asyncio.sleep(0.02)
        if fails:
            raise LookupError
        await store_response("k", CREATED)
        return None


async def test_concurrent_calls_execute_once_and_get_one_response(desk: str) -> None:
    responses = await asyncio.gather(*(call() for _ in range(5)))
    assert responses.count(None) == 1
    assert responses.count(CREATED) == 4


async def test_another_request_with_the_same_key_is_a_conflict(desk: str) -> None:
    await call()
    with pytest.raises(Conflict):
        await call("two")


async def test_a_rolled_back_call_frees_its_key(desk: str) -> None:
    with pytest.raises(LookupError):
        await call("one", fails=True)
    assert await call("two") is None
