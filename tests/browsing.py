"""A real server and a real browser: Chromium on the pages, as their readers have them."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Protocol

import pytest
import uvicorn
from litestar import Litestar
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    async_playwright,
)

from service_desk.database import fetch
from service_desk.live.broadcast import BROADCAST
from service_desk.staff.authentication import session_cookie
from service_desk.staff.operations import hash_token
from tests.browser import LAUNCH_ARGS, chromium
from tests.factories import make_staff

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE = 5000  # milliseconds until a page should show what we wait for


class OpenPage(Protocol):
    async def __call__(
        self,
        path: str,
        *,
        role: str | None = "agent",
        locale: str = "en",
        size: ViewportSize = WIDE,
        javascript: bool = True,
        email: str | None = None,
    ) -> Page: ...


class Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Ctrl-C ends the tests."""
        yield


@pytest.fixture(scope="session")
async def address(app: Litestar) -> AsyncGenerator[str]:
    """The app behind uvicorn, on our loop and our pool; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(
        uvicorn.Config(app, lifespan="off", log_level="critical", timeout_graceful_shutdown=1)
    )
    async with BROADCAST.running():
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=LAUNCH_ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(desk: str, address: str, browser: Browser) -> AsyncGenerator[OpenPage]:
    """open_page("/queue", role="agent", locale="zh", size=PHONE, javascript=True): a page of
    somebody who is logged in, or of nobody with role=None. What a page complains about fails."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    async def open_(
        path: str,
        *,
        role: str | None = "agent",
        locale: str = "en",
        size: ViewportSize = WIDE,
        javascript: bool = True,
        email: str | None = None,
    ) -> Page:
        context = await browser.new_context(
            viewport=size, java_script_enabled=javascript, base_url=address, locale=locale
        )
        contexts.append(context)
        if role is not None:
            token = await _session(role, email, locale)
            await context.add_cookies([{"name": session_cookie(), "value": token, "url": address}])
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if _is_complaint(said) else None,
        )
        await page.goto(path)
        return page

    yield open_
    for context in contexts:
        await context.close()
    if complaints:
        pytest.fail("\n".join(complaints))


async def cookies_of(page: Page) -> dict[str, str]:
    return {
        cookie.get("name", ""): cookie.get("value", "") for cookie in await page.context.cookies()
    }


async def no_sideways_scroll(page: Page) -> bool:
    return await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


async def _session(role: str, email: str | None, locale: str) -> str:
    """A session without the slowness of a password; its token."""
    email = email or f"{role}@desk.test"
    known = await fetch("SELECT id FROM staff WHERE email = $1", email)
    staff = known[0]["id"] if known else await make_staff(role, email, locale=locale)
    await fetch("UPDATE staff SET locale = $2 WHERE id = $1", staff, locale)
    token = f"session of {email}"
    await fetch(
        "INSERT INTO staff_session (token_hash, staff, created_at, expires_at) "
        "VALUES ($1, $2, now(), now() + interval '12 hours') ON CONFLICT DO NOTHING",
        *(hash_token(token), staff),
    )
    return token


def _is_complaint(said: ConsoleMessage) -> bool:
    expected = ("Failed to load resource", "[object Event]")  # refusals; a stream that is gone
    return said.type == "error" and not said.text.startswith(expected)
