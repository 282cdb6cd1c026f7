"""Work that comes in while other work is being done is done together, in one go.

As a database commits in groups: with nothing else to do each is done at once and by itself, and
the more there is to do, the more is done with each trip.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import structlog

log = structlog.get_logger()

MAX_BATCH = 32  # in one go
MAX_CONCURRENT = (
    2  # goes at the same time: while one waits for the database, another can be thought about
)

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Pending(Generic[T, R]):
    thing: T
    done: asyncio.Future[R | None]


class Batcher(Generic[T, R]):
    """`do` one thing, by `work`, which does several and answers in their order.

    `work` may answer None to what has to be done alone. What fails together is tried alone, so that
    nobody pays for another's fault. Things of which `apart` is the same never go together.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R | None]]],
        *,
        apart: Callable[[T], Hashable],
    ) -> None:
        self._work = work
        self._apart = apart
        self._waiting: deque[_Pending[T, R]] = deque()
        self._running: set[asyncio.Task[None]] = set()

    async def do(self, thing: T) -> R:
        """Raises what `work` raises for this thing alone, and OSError for a database gone."""
        done: asyncio.Future[R | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Pending(thing, done))
        if len(self._running) < MAX_CONCURRENT:
            # In a context of its own: it serves others too, and outlives this request.
            task = asyncio.create_task(self._drain(), context=Context())
            self._running.add(task)
        answer = await done
        if answer is None:
            (answer,) = await self._work([thing])
        if answer is None:
            raise LookupError(f"no answer to {thing!r}")
        return answer

    async def _drain(self) -> None:
        try:
            while group := self._next_batch():
                await self._run_batch(group)
        finally:  # at once, so that whoever comes next sees that somebody has to start again
            self._running.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _run_batch(self, group: Sequence[_Pending[T, R]]) -> None:
        try:
            answers = await self._work([waiting.thing for waiting in group])
        except OSError as error:  # nobody can do anything
            _fail(group, error)
        except Exception as error:
            if len(group) == 1:
                _fail(group, error)
            else:
                # Alone it says in full what is wrong; here it would quote the others as well.
                log.warning("done one by one, since together failed", error=type(error).__name__)
                _resolve(group, [None] * len(group))
        except BaseException:
            for waiting in group:
                waiting.done.cancel()
            raise
        else:
            _resolve(group, answers)

    def _next_batch(self) -> list[_Pending[T, R]]:
        """Those who have waited longest, but for those who have to wait for one of them."""
        group: dict[Hashable, _Pending[T, R]] = {}
        later: list[_Pending[T, R]] = []
        while self._waiting and len(group) < MAX_BATCH:
            waiting = self._waiting.popleft()
            if (of_whom := self._apart(waiting.thing)) in group:
                later.append(waiting)
            else:
                group[of_whom] = waiting
        self._waiting.extendleft(reversed(later))
        return list(group.values())


def _resolve(group: Sequence[_Pending[T, R]], answers: Sequence[R | None]) -> None:
    for waiting, answer in zip(group, answers, strict=True):
        if not waiting.done.done():  # whoever asked may have gone
            waiting.done.set_result(answer)


def _fail(group: Sequence[_Pending[T, R]], error: Exception) -> None:
    for waiting in group:
        if not waiting.done.done():
            waiting.done.set_exception(error)
