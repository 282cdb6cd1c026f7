"""Login attempts are counted exactly; without Valkey people can still log in."""

import asyncio

from service_desk.errors import TooManyRequests
from service_desk.staff.login_attempts import (
    MAX_ATTEMPTS_PER_ADDRESS,
    MAX_ATTEMPTS_PER_EMAIL,
    WINDOW,
    clear_attempts,
    count_attempt,
)
from service_desk.valkey import valkey_client
from tests.factories import redis


async def allowed(email: str, address: str) -> bool:
    try:
        await count_attempt(email, address)
    except TooManyRequests as error:
        return error.params["retry_after"] != WINDOW
    return True


async def test_concurrent_attempts_are_all_counted(desk: str):
    attempts = [allowed("lin@desk.test", "10.0.0.1") for _ in range(100)]
    assert sum(await asyncio.gather(*attempts)) == MAX_ATTEMPTS_PER_EMAIL


async def test_attempts_from_one_address_do_not_lock_out_another(desk: str):
    for _ in range(MAX_ATTEMPTS_PER_EMAIL + 1):
        await allowed("lin@desk.test", "10.0.0.66")
    assert not await allowed("lin@desk.test", "10.0.0.66")
    assert await allowed("lin@desk.test", "10.0.0.1")


async def test_one_address_has_a_limit_over_all_e_mails(desk: str):
    attempts = [allowed(f"{n}@desk.test", "10.0.0.1") for n in range(MAX_ATTEMPTS_PER_ADDRESS + 5)]
    assert sum(await asyncio.gather(*attempts)) == MAX_ATTEMPTS_PER_ADDRESS


async def test_success_clears_the_count_and_the_window_expires(desk: str):
    for _ in range(MAX_ATTEMPTS_PER_EMAIL):
        await count_attempt("lin@desk.test", "10.0.0.1")
    await clear_attempts("lin@desk.test", "10.0.0.1")
    await count_attempt("lin@desk.test", "10.0.0.1")
    keys = await redis().keys("desk:login:*")
    for key in keys:
        assert 0 < await redis().ttl(key) <= WINDOW


async def test_without_valkey_people_can_still_log_in(desk: str):
    async with valkey_client("redis://127.0.0.1:1"):
        for _ in range(MAX_ATTEMPTS_PER_EMAIL + 1):
            await asyncio.wait_for(count_attempt("lin@desk.test", "10.0.0.1"), 1)
        await clear_attempts("lin@desk.test", "10.0.0.1")
