"""One subscription for all pages of a process."""

import asyncio

import pytest

from service_desk.live.broadcast import MAX_PENDING, Broadcast
from service_desk.live.events import ALL_TICKETS, publish_changes
from service_desk.valkey import valkey

SOON = 2.0  # seconds


async def heard(listener) -> list[str]:
    await asyncio.wait_for(listener.wake.wait(), SOON)
    return listener.take()


async def subscribers() -> int:
    return (await valkey().pubsub_numsub("desk:live"))[0][1]  # type: ignore[attr-defined]


@pytest.fixture
async def broadcast(desk: str):
    broadcast, others = Broadcast(), await subscribers()
    async with broadcast.running():
        for _ in range(500):
            if await subscribers() > others:
                break
            await asyncio.sleep(0.01)
        yield broadcast


async def test_changes_reach_all_who_listen(broadcast: Broadcast):
    queue, ticket, other = broadcast.open(), broadcast.open("100014"), broadcast.open("100023")
    await publish_changes("100014", "100038")
    assert await heard(queue) == ["100014", "100038"]
    assert await heard(ticket) == ["100014"]
    assert not other.wake.is_set()


async def test_time_itself_concerns_every_page(broadcast: Broadcast):
    ticket = broadcast.open("100014")
    await publish_changes(ALL_TICKETS)
    assert await heard(ticket) == [ALL_TICKETS]


async def test_who_left_hears_nothing(broadcast: Broadcast):
    gone, here = broadcast.open(), broadcast.open()
    broadcast.close(gone)
    assert len(broadcast) == 1
    await publish_changes("100014")
    await heard(here)
    assert not gone.wake.is_set()


async def test_a_slow_page_is_told_to_refresh_everything(broadcast: Broadcast):
    slow = broadcast.open()
    await publish_changes(*map(str, range(MAX_PENDING + 1)))
    assert await heard(slow) == [ALL_TICKETS]


async def test_after_an_outage_everything_may_have_changed(broadcast: Broadcast):
    listener = broadcast.open()
    await valkey().client_kill_filter(_type="pubsub")  # type: ignore[attr-defined]
    assert await asyncio.wait_for(heard(listener), 5) == [ALL_TICKETS]
    await publish_changes("100014")
    assert await heard(listener) == ["100014"]
