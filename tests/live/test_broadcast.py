"""One subscription for all open pages of a process."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from service_desk.live.broadcast import MAX_PENDING, Broadcast, Listener
from service_desk.live.publishing import ALL_TICKETS, publish_changes
from tests.factories import redis

SOON = 2.0  # seconds


async def changes(listener: Listener) -> list[str]:
    await asyncio.wait_for(listener.wake.wait(), SOON)
    return listener.drain()


async def subscribers() -> int:
    return (await redis().pubsub_numsub("desk:live"))[0][1]


@pytest.fixture
async def broadcast(desk: str) -> AsyncGenerator[Broadcast]:
    broadcast, others = Broadcast(), await subscribers()
    async with broadcast.running():
        for _ in range(500):
            if await subscribers() > others:
                break
            await asyncio.sleep(0.01)
        yield broadcast


async def test_changes_reach_the_listeners_they_concern(broadcast: Broadcast):
    queue, ticket, other = broadcast.open(), broadcast.open("100014"), broadcast.open("100023")
    await publish_changes("100014", "100038")
    assert await changes(queue) == ["100014", "100038"]
    assert await changes(ticket) == ["100014"]
    assert not other.wake.is_set()


async def test_all_tickets_concerns_every_page(broadcast: Broadcast):
    ticket = broadcast.open("100014")
    await publish_changes(ALL_TICKETS)
    assert await changes(ticket) == [ALL_TICKETS]


async def test_a_closed_listener_receives_nothing(broadcast: Broadcast):
    gone, here = broadcast.open(), broadcast.open()
    broadcast.close(gone)
    assert len(broadcast) == 1
    await publish_changes("100014")
    await changes(here)
    assert not gone.wake.is_set()


async def test_a_slow_page_refreshes_everything(broadcast: Broadcast):
    slow = broadcast.open()
    await publish_changes(*map(str, range(MAX_PENDING + 1)))
    assert await changes(slow) == [ALL_TICKETS]


async def test_after_an_outage_everything_is_refreshed(broadcast: Broadcast):
    listener = broadcast.open()
    await redis().client_kill_filter(_type="pubsub")
    assert await asyncio.wait_for(changes(listener), 5) == [ALL_TICKETS]
    await publish_changes("100014")
    assert await changes(listener) == ["100014"]
