"""Work that comes in while other work is being done is done together."""

import asyncio
from collections.abc import Sequence

import pytest

from service_desk.intake.texts.batching import MAX_BATCH, MAX_CONCURRENT, Batcher


class Work:
    """Doubles numbers; waits to be let go; remembers what it was given together."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.go = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int | None]:
        self.groups.append(list(numbers))
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


async def at_once(work: Work, numbers: Sequence[int]) -> list[int | BaseException]:
    together = Batcher(work, apart=lambda number: number % 1000)
    doing = [asyncio.create_task(together.do(number)) for number in numbers]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work.go.set()
    async with asyncio.timeout(5):
        return await asyncio.gather(*doing, return_exceptions=True)


async def test_with_nothing_else_to_do_one_is_done_at_once(work: Work) -> None:
    work.go.set()
    together = Batcher(work, apart=lambda number: number)
    assert [await together.do(1), await together.do(2)] == [2, 4]
    assert work.groups == [[1], [2]]


async def test_who_comes_meanwhile_goes_together_in_order(work: Work) -> None:
    numbers = list(range(20, 20 + 100))
    assert await at_once(work, numbers) == [number * 2 for number in numbers]
    assert [number for group in work.groups for number in group] == numbers
    first, *rest = work.groups
    assert len(first) == MAX_BATCH
    assert len(rest) < 10
    assert len(work.groups) > MAX_CONCURRENT


async def test_some_are_kept_apart(work: Work) -> None:
    numbers = [1, 1001, 2, 2001, 3, 3001]
    assert await at_once(work, numbers) == [number * 2 for number in numbers]
    for group in work.groups:
        assert len({number % 1000 for number in group}) == len(group)


async def test_what_has_to_be_alone_is_done_alone(work: Work) -> None:
    assert await at_once(work, [5, 6, 7, 8]) == [10, 12, 14, 16]
    assert [7] in work.groups


async def test_nobody_pays_for_anothers_fault(work: Work) -> None:
    answers = await at_once(work, [11, 12, 13, 404])
    assert answers[:3] == [22, 24, 26]
    assert isinstance(answers[3], KeyError)
    assert sorted(group for group in work.groups if len(group) == 1) == [[11], [12], [13], [404]]


async def test_a_database_that_is_gone_is_not_asked_again_for_each(work: Work) -> None:
    answers = await at_once(work, [1, 2, 500])
    assert all(isinstance(answer, TimeoutError) for answer in answers)
    assert work.groups == [[1, 2, 500]]


async def test_whoever_goes_away_keeps_nobody_waiting(work: Work) -> None:
    together = Batcher(work, apart=lambda number: number)
    gone, stays = (asyncio.create_task(together.do(number)) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    work.go.set()
    async with asyncio.timeout(5):
        assert await stays == 4
        assert await together.do(3) == 6
