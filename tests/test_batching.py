"""Items submitted while others are being processed share a batch."""

import asyncio
from collections.abc import Sequence

import pytest

from service_desk import batching
from service_desk.batching import MAX_BATCH, MAX_CONCURRENT, Batcher


class Work:
    """Doubles numbers, once `go` is set; records its batches. Some numbers are special."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int | None]:
        self.batches.append(list(numbers))
        await self.go.wait()
        if len(numbers) > 1 and 13 in numbers:
            raise LookupError("13")
        if 500 in numbers:
            raise TimeoutError
        if numbers == [404]:
            raise KeyError(404)
        return [None if number == 7 and len(numbers) > 1 else number * 2 for number in numbers]


@pytest.fixture
def work() -> Work:
    return Work()


async def submit_all(work: Work, numbers: Sequence[int]) -> list[int | BaseException]:
    batcher = Batcher(work, keys=lambda number: (number % 1000,))
    submitted = [asyncio.create_task(batcher.submit(number)) for number in numbers]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work.go.set()
    async with asyncio.timeout(5):
        return await asyncio.gather(*submitted, return_exceptions=True)


async def test_an_item_that_comes_alone_is_processed_at_once(work: Work) -> None:
    work.go.set()
    batcher = Batcher(work, keys=lambda number: (number,))
    assert [await batcher.submit(1), await batcher.submit(2)] == [2, 4]
    assert work.batches == [[1], [2]]


@pytest.mark.parametrize("concurrent", [1, 2])
async def test_no_more_batches_run_at_once_than_may(work: Work, concurrent: int) -> None:
    batcher = Batcher(work, concurrent=concurrent)
    submitted: list[asyncio.Task[int]] = []
    for number in range(50, 55):
        submitted.append(asyncio.create_task(batcher.submit(number)))
        for _ in range(3):
            await asyncio.sleep(0)
    assert len(work.batches) == concurrent
    work.go.set()
    assert await asyncio.gather(*submitted) == [number * 2 for number in range(50, 55)]


async def test_items_that_come_meanwhile_share_batches_in_order(work: Work) -> None:
    numbers = list(range(20, 20 + 100))
    assert await submit_all(work, numbers) == [number * 2 for number in numbers]
    assert [number for batch in work.batches for number in batch] == numbers
    first, *rest = work.batches
    assert len(first) == MAX_BATCH
    assert len(rest) < 10
    assert len(work.batches) > MAX_CONCURRENT


async def test_items_with_the_same_key_never_share_a_batch(work: Work) -> None:
    numbers = [1, 1001, 2, 2001, 3, 3001]
    assert await submit_all(work, numbers) == [number * 2 for number in numbers]
    for batch in work.batches:
        assert len({number % 1000 for number in batch}) == len(batch)


async def test_an_item_without_a_result_is_processed_alone(work: Work) -> None:
    assert await submit_all(work, [5, 6, 7, 8]) == [10, 12, 14, 16]
    assert [7] in work.batches


async def test_a_bad_item_does_not_fail_the_others(work: Work) -> None:
    results = await submit_all(work, [11, 12, 13, 404])
    assert results[:3] == [22, 24, 26]
    assert isinstance(results[3], KeyError)
    assert sorted(batch for batch in work.batches if len(batch) == 1) == [[11], [12], [13], [404]]


async def test_a_batch_is_not_retried_when_the_database_is_gone(work: Work) -> None:
    results = await submit_all(work, [1, 2, 500])
    assert all(isinstance(result, TimeoutError) for result in results)
    assert work.batches == [[1, 2, 500]]


async def test_a_cancelled_submit_does_not_block_the_others(work: Work) -> None:
    batcher = Batcher(work, keys=lambda number: (number,))
    gone, stays = (asyncio.create_task(batcher.submit(number)) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    work.go.set()
    async with asyncio.timeout(5):
        assert await stays == 4
        assert await batcher.submit(3) == 6


async def test_after_a_batch_of_several_those_that_come_a_moment_later_share_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batching, "GATHERING", 0.2)
    sizes: list[int] = []

    async def work(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        await asyncio.sleep(0)
        return list(items)

    batcher = Batcher(work, concurrent=1)
    await asyncio.gather(*(batcher.submit(item) for item in range(3)))
    first = asyncio.create_task(batcher.submit(3))
    await asyncio.sleep(0.01)
    await asyncio.gather(first, batcher.submit(4))
    assert sizes[-1] == 2


async def test_one_after_the_other_nobody_waits_for_company(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batching, "GATHERING", 3600.0)

    async def work(items: Sequence[int]) -> list[int]:
        return list(items)

    batcher = Batcher(work)
    assert [await asyncio.wait_for(batcher.submit(item), 30) for item in range(5)] == [*range(5)]
