import asyncio
import random
from datetime import timedelta

import pytest

from service_desk.database import fetch, fetch_value, transaction
from service_desk.outbox.pace import available_segments, count_fitting, segments_in, spend_segments
from tests.factories import NOW


async def take(most: int, per_second: float, seconds: float) -> int:
    """As a worker does at that second; how many it may send."""
    now = NOW + timedelta(seconds=seconds)
    async with transaction():
        room = await available_segments("sms", per_second, now)
        taken = count_fitting([1] * most, room, per_second)
        if taken:
            await spend_segments("sms", per_second, taken, now)
        return taken


async def test_a_second_holds_so_many_and_no_more(desk: str) -> None:
    assert await take(100, 10, 0) == 10
    assert await take(100, 10, 0) == 0
    assert await take(100, 10, 0.25) == 2
    assert await take(100, 10, 1) == 8
    assert await take(100, 10, 60) == 10


async def test_what_is_not_used_is_not_saved_up(desk: str) -> None:
    assert await take(3, 10, 0) == 3
    assert await take(100, 10, 0) == 7
    assert await take(100, 10, 3600) == 10


async def test_less_than_one_a_second(desk: str) -> None:
    sent = [await take(100, 0.5, second) for second in range(7)]
    assert sent == [1, 0, 1, 0, 1, 0, 1]


async def test_a_clock_that_goes_back_a_little_sends_nothing_more(desk: str) -> None:
    assert await take(100, 10, 5) == 10
    assert await take(100, 10, 4) == 0


async def test_workers_at_once_share_one_pace(desk: str) -> None:
    taken = await asyncio.gather(*(take(100, 10, 0) for _ in range(5)))
    assert sum(taken) == 10


async def test_channels_do_not_share(desk: str) -> None:
    await take(100, 10, 0)
    async with transaction():
        assert await available_segments("whatsapp", 10, NOW) == 10


async def test_looking_writes_nothing(desk: str) -> None:
    async with transaction():
        await available_segments("sms", 10, NOW)
    assert await fetch("SELECT * FROM send_throttle") == []


@pytest.mark.parametrize("per_second", [0.7, 1, 3, 10])
async def test_any_second_and_any_run_of_seconds_keeps_the_pace(
    desk: str, per_second: float
) -> None:
    """Against the plain sum: in t seconds never more than a full bucket and t seconds' worth."""
    chance, at, sent = random.Random(7), 0.0, []
    for _ in range(40):
        at += chance.choice([0, 0.1, 0.5, 1, 3])
        sent += [at] * await take(chance.randint(0, 12), per_second, at)
    full = max(1, per_second)
    for first, start in enumerate(sent):
        for last in range(first, len(sent)):
            assert last - first + 1 <= full + per_second * (sent[last] - start) + 1e-6
    assert await fetch_value("SELECT count(*) FROM send_throttle") == 1


@pytest.mark.parametrize(
    ("sizes", "room", "per_second", "leaving"),
    [
        ([1, 1, 1], 2, 10, 2),
        ([3, 1], 2.9, 10, 0),
        ([3, 1], 3, 10, 1),
        ([2, 0, 0, 1], 2, 10, 3),
        ([5, 1], 1, 1, 1),  # larger than the bucket, which is full
        ([5], 0.5, 1, 0),
        ([], 1, 1, 0),
    ],
)
def test_what_fits(sizes: list[int], room: float, per_second: float, leaving: int) -> None:
    assert count_fitting(sizes, room, per_second) == leaving


def test_an_sms_takes_its_segments() -> None:
    assert segments_in("sms", "x" * 160) == 1
    assert segments_in("sms", "x" * 161) == 2
    assert segments_in("sms", "好" * 141) == 3
    assert segments_in("sms", "") == 1
    assert segments_in("whatsapp", "好" * 141) == 1
