"""Group commit: items submitted while others are being processed are processed together.

An item that arrives while nothing is running is processed at once and alone; the heavier the load,
the more items share one round trip to the database. After a batch of several the next one waits a
moment for its own: those who were answered together ask again at about the same time.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import structlog

log = structlog.get_logger()

MAX_BATCH = 32
GATHERING = 0.001  # seconds
MAX_CONCURRENT = 2  # batches: while one waits for the database, or for a lock, the other goes on

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Pending(Generic[T, R]):
    item: T
    result: asyncio.Future[R | Exception | None]


class Batcher(Generic[T, R]):
    """Calls `work` with batches of the items submitted; it returns their results in order.

    Items that have one of their `keys` in common never share a batch. `work` returns an exception
    for an item that is refused, and None for one that must be processed alone. Items of a batch
    that fails are processed alone, so that one bad item does not fail the others. One batch at a
    time is the cheapest (`concurrent=1`), where none waits for a lock.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception | None]]],
        *,
        keys: Callable[[T], Collection[Hashable]] = lambda _: (),
        concurrent: int = MAX_CONCURRENT,
    ) -> None:
        self._work = work
        self._concurrent = concurrent
        self._keys = keys
        self._pending: deque[_Pending[T, R]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._shared = False  # the last batch was of several

    async def submit(self, item: T) -> R:
        """Raises what `work` raises for this item alone, and OSError if the database is gone."""
        result: asyncio.Future[R | Exception | None] = asyncio.get_running_loop().create_future()
        self._pending.append(_Pending(item, result))
        if len(self._running) < self._concurrent:
            # In a context of its own: it serves others too, and outlives this request.
            task = asyncio.create_task(self._drain(), context=Context())
            self._running.add(task)
        done = await result
        if done is None:
            (done,) = await self._work([item])
        if done is None:
            raise LookupError(f"no result for {item!r}")
        if isinstance(done, Exception):
            raise done
        return done

    async def _drain(self) -> None:
        try:
            if self._shared:
                await asyncio.sleep(GATHERING)
            while batch := self._next_batch():
                self._shared = len(batch) > 1
                await self._run_batch(batch)
        finally:  # at once, so that the next item submitted starts a new task
            self._running.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _run_batch(self, batch: Sequence[_Pending[T, R]]) -> None:
        try:
            results = await self._work([pending.item for pending in batch])
        except OSError as error:  # the database is gone: trying each item alone would not help
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 - raised where the items were submitted
            if len(batch) == 1:
                _fail(batch, error)
            else:
                # The error may quote the other items; processed alone, each logs its own in full.
                log.warning(
                    "a batch failed; its items are processed alone", error=type(error).__name__
                )
                _resolve(batch, [None] * len(batch))
        except BaseException:
            for pending in batch:
                pending.result.cancel()
            raise
        else:
            _resolve(batch, results)

    def _next_batch(self) -> list[_Pending[T, R]]:
        """The oldest items with different keys; the others keep their place in the line."""
        batch: list[_Pending[T, R]] = []
        later: list[_Pending[T, R]] = []
        taken = set[Hashable]()
        while self._pending and len(batch) < MAX_BATCH:
            pending = self._pending.popleft()
            keys = self._keys(pending.item)
            if taken.isdisjoint(keys):
                batch.append(pending)
                taken.update(keys)
            else:
                later.append(pending)
        self._pending.extendleft(reversed(later))
        return batch


def _resolve(batch: Sequence[_Pending[T, R]], results: Sequence[R | Exception | None]) -> None:
    for pending, result in zip(batch, results, strict=True):
        if not pending.result.done():  # cancelled with the request that submitted it
            pending.result.set_result(result)


def _fail(batch: Sequence[_Pending[T, R]], error: Exception) -> None:
    for pending in batch:
        if not pending.result.done():
            pending.result.set_exception(error)
