"""static/once.js, in a real browser."""

import asyncio
from typing import Any

import pytest

from service_desk.database import fetch_value
from service_desk.workspace import new_pages
from tests.browsing import OpenPage

CLICK = {"expression": "document.querySelector('button.primary').click()"}
KEEP_WHETHER_SENT = "addEventListener('submit', event => window.sent = !event.defaultPrevented)"
WHETHER_SENT = {"expression": "window.sent", "returnByValue": True}


async def test_a_form_can_be_sent_again_after_stop(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    received, slow, submit_form = asyncio.Semaphore(0), asyncio.Event(), new_pages.submit_form

    async def submit_slowly(*args: Any, **kwargs: Any) -> str:
        received.release()
        await slow.wait()
        return await submit_form(*args, **kwargs)

    monkeypatch.setattr(new_pages, "submit_form", submit_slowly)
    page = await open_page("/tickets/new", alone=True)
    await page.clock.install()
    await page.reload()
    await page.evaluate(KEEP_WHETHER_SENT)
    browser: Any = await page.context.new_cdp_session(page)  # its types are incomplete
    await page.locator("[name=description]").fill("It drips")
    await page.locator("[name=phone]").first.fill("13812345678")
    await browser.send("Runtime.evaluate", CLICK)
    await asyncio.wait_for(received.acquire(), 5)
    await browser.send("Page.stopLoading")  # the Stop button
    assert (await browser.send("Runtime.evaluate", WHETHER_SENT))["result"]["value"] is True
    await browser.send("Runtime.evaluate", CLICK)
    assert (await browser.send("Runtime.evaluate", WHETHER_SENT))["result"]["value"] is False
    await page.clock.fast_forward(10_000)
    await browser.send("Runtime.evaluate", CLICK)
    await asyncio.wait_for(received.acquire(), 5)
    slow.set()
    await page.wait_for_url("**/tickets/1*")
    assert received.locked()  # the second click sent nothing
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
