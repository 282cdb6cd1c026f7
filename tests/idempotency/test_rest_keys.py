import asyncio

import pytest

from service_desk.database import transaction
from service_desk.errors import Conflict
from service_desk.idempotency.rest_keys import Answer, claim, store_response, stored_response
from tests.factories import NOW

CREATED = Answer(201, '{"name": "茶"}'.encode())


async def call(request_hash: str = "one", *, refused: bool = False) -> Answer | None:
    """None if the call was made, else the answer that an earlier one was given."""
    async with transaction():
        if not await claim("k", request_hash, now=NOW):
            return await stored_response("k", request_hash)
        await asyncio.sleep(0.02)
        if refused:
            raise LookupError
        await store_response("k", CREATED)
        return None


async def test_one_call_is_made_and_the_others_get_its_answer(desk: str) -> None:
    answers = await asyncio.gather(*(call() for _ in range(5)))
    assert answers.count(None) == 1
    assert answers.count(CREATED) == 4


async def test_another_call_with_the_same_key_is_a_conflict(desk: str) -> None:
    await call()
    with pytest.raises(Conflict):
        await call("two")


async def test_the_key_of_a_call_that_was_rolled_back_is_free(desk: str) -> None:
    with pytest.raises(LookupError):
        await call("one", refused=True)
    assert await call("two") is None
