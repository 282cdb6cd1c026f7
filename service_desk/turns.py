"""Long loops let others have their turn: the process serves requests and sends texts meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

TURN = 500  # items of some ten microseconds each


async def in_turns(items: Iterable[T], turn: int = TURN) -> AsyncIterator[T]:
    for index, item in enumerate(items, 1):
        yield item
        if index % turn == 0:
            await asyncio.sleep(0)
