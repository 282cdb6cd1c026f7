"""A worker in this process: what a commit wakes is done by the real jobs, without a queue."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from service_desk.jobs import Job, using_queue
from workers import jobs


class _AtOnce:
    def __init__(self) -> None:
        self.running: set[asyncio.Task[None]] = set()

    async def enqueue(self, job: Job, about: str) -> None:
        self.running.add(asyncio.create_task(getattr(jobs, job)({})))


@asynccontextmanager
async def working() -> AsyncGenerator[None]:
    """For the length of the block."""
    queue = _AtOnce()
    async with using_queue(queue):
        yield
    await asyncio.gather(*queue.running)
