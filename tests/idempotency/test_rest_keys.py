import asyncio

import pytest

from service_desk.errors import Conflict
from service_desk.idempotency.rest_keys import StoredResponse, once
from tests.factories import NOW

CREATED = StoredResponse(201, '{"name": "茶"}'.encode())


async def call(request_hash: str = "one", *, fails: bool = False) -> StoredResponse | None:
    """None if the call was executed, else the response to an earlier one."""
    executed = False

    async def execute() -> StoredResponse:
        nonlocal executed
        executed = True
        await asyncio.sleep(0.02)
        if fails:
            raise LookupError
        return CREATED

    response = await once("k", request_hash, execute, now=NOW)
    return None if executed else response


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
