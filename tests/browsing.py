"""A real server and a real browser: Chromium on the pages, as their readers have them."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Protocol

import pytest
import uvicorn
from httpx import AsyncClient, Response
from litestar import Litestar
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    ViewportSize,
    async_playwright,
)

from service_desk.database import fetch
from service_desk.live.broadcast import BROADCAST
from service_desk.staff.authentication import session_cookie
from service_desk.staff.operations import hash_token
from service_desk.web.templates import static
from tests.browser import LAUNCH_ARGS, chromium
from tests.factories import make_staff

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
BLANK = static("icon.svg")  # of the desk: for about:blank and back Chromium starts a process each
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
        alone: bool = False,
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


class Tab:
    """A page in a context of its own. It is used again: a new one takes Chromium half a second of
    processor time, most of which starts a process."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message: ConsoleMessage) -> None:
        expected = (
            *("Failed to load resource", "[object Event]"),  # refusals; a stream that is gone
            *("htmx:sendAbort", "htmx:afterRequest"),  # the bell, on the way to another page
            "htmx:sendError",  # the bell again, in a test that takes the network away
        )
        if message.type == "error" and not message.text.startswith(expected):
            self.complaints.append(message.text)

    async def clear(self) -> None:
        """As new, but for its history."""
        page, context = self.page, self.page.context
        await page.unroute_all(behavior="ignoreErrors")
        await context.unroute_all(behavior="ignoreErrors")
        for other in context.pages:
            if other is not page:
                await other.close()
        await context.clear_cookies()
        await page.goto(BLANK)
        await page.evaluate("sessionStorage.clear(), localStorage.clear()")
        await page.mouse.move(-1, -1)


class Tabs:
    """Those that no test uses just now, by language and whether scripts run."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self.free: defaultdict[tuple[str, bool], list[Tab]] = defaultdict(list)

    async def take(self, locale: str, javascript: bool, *, new: bool) -> Tab:
        if self.free[locale, javascript] and not new:
            return self.free[locale, javascript].pop()
        context = await self.browser.new_context(
            java_script_enabled=javascript,
            base_url=self.address,
            locale=locale,
            reduced_motion="reduce",
        )
        return Tab(await context.new_page())

    async def put_back(self, tab: Tab, locale: str, javascript: bool) -> None:
        try:
            await tab.clear()
        except Error:  # still on its way to another page
            await tab.page.context.close()
        else:
            self.free[locale, javascript].append(tab)


@pytest.fixture(scope="session")
def tabs(address: str, browser: Browser) -> Tabs:
    return Tabs(browser, address)


@pytest.fixture
async def open_page(desk: str, address: str, tabs: Tabs) -> AsyncGenerator[OpenPage]:
    """open_page("/queue", role="agent", locale="zh", size=PHONE, javascript=True): a page of
    somebody who is logged in, or of nobody with role=None. What a page complains about fails.

    `alone=True` if the test leaves something in the page that can't be cleared, like its clock."""
    used: list[tuple[Tab, str, bool, bool]] = []

    async def open_(
        path: str,
        *,
        role: str | None = "agent",
        locale: str = "en",
        size: ViewportSize = WIDE,
        javascript: bool = True,
        email: str | None = None,
        alone: bool = False,
    ) -> Page:
        tab = await tabs.take(locale, javascript, new=alone)
        used.append((tab, locale, javascript, alone))
        page = tab.page
        await page.set_viewport_size(size)
        if role is not None:
            token = await session_of(role, email, locale)
            cookie = session_cookie()
            await page.context.add_cookies([{"name": cookie, "value": token, "url": address}])
        await page.goto(path)
        return page

    yield open_
    complaints = [complaint for tab, *_ in used for complaint in tab.complaints]
    for tab, locale, javascript, alone in used:
        if alone or complaints or tab.page.is_closed():
            await tab.page.context.close()
        else:
            await tabs.put_back(tab, locale, javascript)
    if complaints:
        pytest.fail("\n".join(complaints))


async def sign_in(client: AsyncClient, role: str = "agent", locale: str = "en") -> None:
    """The same over plain HTTP, for what needs no browser: what a page says, who may open it."""
    client.cookies.set(session_cookie(), await session_of(role, None, locale))


async def press(client: AsyncClient, path: str, **fields: str) -> Response:
    """A button of a form, after `sign_in`; the answer itself, not where it leads."""
    shown = (await client.get("/reports")).text  # any page has the token
    token = shown.partition('name="_csrf_token" value="')[2].partition('"')[0]
    return await client.post(path, data={"_csrf_token": token, **fields}, follow_redirects=False)


async def cookies_of(page: Page) -> dict[str, str]:
    return {
        cookie.get("name", ""): cookie.get("value", "") for cookie in await page.context.cookies()
    }


async def no_sideways_scroll(page: Page) -> bool:
    return await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


async def session_of(role: str, email: str | None, locale: str) -> str:
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
