import asyncio
import random
from datetime import timedelta

import pytest

from service_desk.database import fetch, fetch_value, transaction
from service_desk.outbox.pace import (
    available_segments,
    count_fitting,
    seconds_until_fitting,
    segments_in,
    spend_segments,
)
from tests.factories import NOW


async def spend(count: int, per_second: float, seconds: float) -> int:
    """As a worker does at that second; returns how many messages it may send."""
    now = NOW + timedelta(seconds=seconds)
    async with transaction():
        available = await available_segments("sms", per_second, now)
        fitting = count_fitting([1] * count, available, per_second)
        if fitting:
            await spend_segments("sms", per_second, fitting, now)
        return fitting


async def test_a_bucket_holds_one_seconds_worth(desk: str) -> None:
    assert await spend(100, 10, 0) == 10
    assert await spend(100, 10, 0) == 0
    assert await spend(100, 10, 0.25) == 2
    assert await spend(100, 10, 1) == 8
    assert await spend(100, 10, 60) == 10


async def test_unused_segments_are_not_saved_up(desk: str) -> None:
    assert await spend(3, 10, 0) == 3
    assert await spend(100, 10, 0) == 7
    assert await spend(100, 10, 3600) == 10


async def test_less_than_one_a_second(desk: str) -> None:
    sent = [await spend(100, 0.5, second) for second in range(7)]
    assert sent == [1, 0, 1, 0, 1, 0, 1]


async def test_a_clock_that_goes_back_frees_nothing(desk: str) -> None:
    assert await spend(100, 10, 5) == 10
    assert await spend(100, 10, 4) == 0


async def test_concurrent_workers_share_one_pace(desk: str) -> None:
    sent = await asyncio.gather(*(spend(100, 10, 0) for _ in range(5)))
    assert sum(sent) == 10


async def test_channels_have_buckets_of_their_own(desk: str) -> None:
    await spend(100, 10, 0)
    async with transaction():
        assert await available_segments("whatsapp", 10, NOW) == 10


async def test_checking_writes_nothing(desk: str) -> None:
    async with transaction():
        await available_segments("sms", 10, NOW)
    assert await fetch("SELECT * FROM send_throttle") == []


@pytest.mark.parametrize("per_second", [0.7, 1, 3, 10])
async def test_any_interval_keeps_the_pace(desk: str, per_second: float) -> None:
    """In t seconds never more than a full bucket and t seconds' worth."""
    chance, at = random.Random(7), 0.0
    sent: list[float] = []
    for _ in range(40):
        at += chance.choice([0, 0.1, 0.5, 1, 3])
        sent += [at] * await spend(chance.randint(0, 12), per_second, at)
    full = max(1, per_second)
    for first, start in enumerate(sent):
        for last in range(first, len(sent)):
            assert last - first + 1 <= full + per_second * (sent[last] - start) + 1e-6
    assert await fetch_value("SELECT count(*) FROM send_throttle") == 1


@pytest.mark.parametrize(
    ("sizes", "available", "per_second", "fitting"),
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
def test_what_fits(sizes: list[int], available: float, per_second: float, fitting: int) -> None:
    assert count_fitting(sizes, available, per_second) == fitting


@pytest.mark.parametrize(
    ("size", "available", "per_second", "seconds"),
    [(1, 0, 10, 0.1), (3, 1, 10, 0.2), (1, 1, 10, 0), (50, 0, 10, 1), (1, 0, 0.5, 2)],
)
def test_until_it_fits(size: int, available: float, per_second: float, seconds: float) -> None:
    assert seconds_until_fitting(size, available, per_second) == pytest.approx(seconds)
    refilled = available + seconds * per_second
    assert count_fitting([size], refilled, per_second) == 1


def test_an_sms_counts_its_segments() -> None:
    assert segments_in("sms", "x" * 160) == 1
    assert segments_in("sms", "x" * 161) == 2
    assert segments_in("sms", "好" * 141) == 3
    assert segments_in("sms", "") == 1
    assert segments_in("whatsapp", "好" * 141) == 1
