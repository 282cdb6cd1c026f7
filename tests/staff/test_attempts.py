"""Log-ins are counted exactly, and still possible without Valkey."""

import asyncio

from service_desk.errors import TooManyRequests
from service_desk.staff.attempts import (
    MAX_ATTEMPTS_PER_ADDRESS,
    MAX_ATTEMPTS_PER_EMAIL,
    WINDOW,
    clear_attempts,
    count_attempt,
)
from service_desk.valkey import valkey, valkey_client


async def outcome(email: str, address: str) -> bool:
    try:
        await count_attempt(email, address)
    except TooManyRequests as error:
        return error.params["retry_after"] != WINDOW
    return True


async def test_a_hundred_at_once_count_a_hundred(desk: str):
    tries = [outcome("lin@desk.test", "10.0.0.1") for place in range(100)]
    assert sum(await asyncio.gather(*tries)) == MAX_ATTEMPTS_PER_EMAIL


async def test_nobody_locks_out_somebody_elsewhere(desk: str):
    for _ in range(MAX_ATTEMPTS_PER_EMAIL + 1):
        await outcome("lin@desk.test", "10.0.0.66")
    assert not await outcome("lin@desk.test", "10.0.0.66")
    assert await outcome("lin@desk.test", "10.0.0.1")


async def test_one_address_with_many_names(desk: str):
    tries = [
        outcome(f"{place}@desk.test", "10.0.0.1") for place in range(MAX_ATTEMPTS_PER_ADDRESS + 5)
    ]
    assert sum(await asyncio.gather(*tries)) == MAX_ATTEMPTS_PER_ADDRESS


async def test_success_forgets_and_the_window_ends(desk: str):
    for _ in range(MAX_ATTEMPTS_PER_EMAIL):
        await count_attempt("lin@desk.test", "10.0.0.1")
    await clear_attempts("lin@desk.test", "10.0.0.1")
    await count_attempt("lin@desk.test", "10.0.0.1")
    keys = await valkey().keys("desk:login:*")  # type: ignore[attr-defined]
    for key in keys:
        assert 0 < await valkey().ttl(key) <= WINDOW  # type: ignore[attr-defined]


async def test_without_valkey_people_can_still_log_in(desk: str):
    async with valkey_client("redis://127.0.0.1:1"):
        for _ in range(MAX_ATTEMPTS_PER_EMAIL + 1):
            await asyncio.wait_for(count_attempt("lin@desk.test", "10.0.0.1"), 1)
        await clear_attempts("lin@desk.test", "10.0.0.1")
