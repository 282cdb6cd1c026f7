"""The event streams over a real connection, and pages that lose them."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator

import httpx
from playwright.async_api import Page, Route, expect

from service_desk import wall_clock
from service_desk.database import fetch
from service_desk.live.broadcast import BROADCAST
from service_desk.live.publishing import publish_changes
from tests.browsing import OpenPage, cookies_of
from tests.factories import make_ticket


async def test_a_stream_sends_changes_and_ends_cleanly(open_page: OpenPage, address: str):
    page = await open_page("/dashboard")  # a page without a stream, for its session
    cookies = await cookies_of(page)
    before = len(BROADCAST)
    async with (
        httpx.AsyncClient(base_url=address, cookies=cookies) as client,
        client.stream("GET", "/live/tickets/100014") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        while not (await anext(lines)).startswith("retry:"):
            pass
        assert len(BROADCAST) == before + 1
        await publish_changes("100023")
        await publish_changes("100014")
        received = [line async for line in _until_data(lines)]
        assert received[-1] == "data: 100014"
        assert "event: changed" in received
    for _ in range(100):
        if len(BROADCAST) == before:
            break
        await publish_changes("100014")
        await asyncio.sleep(0.05)
    assert len(BROADCAST) == before


async def test_a_stream_ends_with_the_session(open_page: OpenPage, address: str):
    page = await open_page("/dashboard")
    cookies = await cookies_of(page)
    async with (
        httpx.AsyncClient(base_url=address, cookies=cookies) as client,
        client.stream("GET", "/live/queue") as stream,
    ):
        lines = stream.aiter_lines()
        while not (await anext(lines)).startswith("retry:"):
            pass
        await fetch("DELETE FROM staff_session")
        await publish_changes("100014")
        assert [line async for line in lines if line] == []


async def test_a_login_is_required(client: httpx.AsyncClient):
    for path in ("/live/queue", "/live/tickets/100014"):
        response = await client.get(path)
        assert response.status_code == 303


async def test_without_a_stream_the_page_polls(open_page: OpenPage):
    page = await open_page("/login", role=None, alone=True)
    await page.context.route("**/live/**", _refuse)
    await page.context.route("**/live.js*", _polling_fast)
    page = await _signed_in(open_page, page)
    await expect(page.locator("section[data-live=poll]")).to_have_count(1)
    ticket = await make_ticket(at=wall_clock.now())
    await expect(page.locator(f"#row-{ticket.number}")).to_be_visible()


async def _signed_in(open_page: OpenPage, page: Page) -> Page:
    """Sign in the context whose streams are blocked."""
    other = await open_page("/dashboard")
    await page.context.add_cookies(
        [
            {"name": name, "value": value, "url": other.url}
            for name, value in (await cookies_of(other)).items()
        ]
    )
    await page.goto("/queue")
    return page


async def _refuse(route: Route) -> None:
    await route.abort()


async def _polling_fast(route: Route) -> None:
    response = await route.fetch()
    await route.fulfill(response=response, body=re.sub(r"20000", "300", await response.text()))


async def _until_data(lines: AsyncIterator[str]) -> AsyncGenerator[str]:
    async for line in lines:
        yield line
        if line.startswith("data:"):
            return
