"""Texts in numbers, and a web process that can be killed.

The web process is the real one, `service-desk web`, on a port of its own; the carrier does as
Twilio does: what is not answered 2xx is delivered again.
"""

import asyncio
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import httpx
from msgspec import Struct, field

from service_desk.embedded import ServerUrls
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from tests.operating.desk import command, environ
from tests.twilio_side import post_signed, reply_text

WEBHOOK = "/webhooks/twilio/sms"
AT_ONCE = 10
PATIENCE = 15  # seconds, as Twilio's
MAX_FAILED = 200  # what the process answers so often while it runs is a fault of its own


class Text(Struct):
    """One text of one sender, and what it was answered each time."""

    phone: str
    locale: Locale
    kind: str
    params: dict[str, str]
    about: str | None = None  # number of the ticket named
    answers: list[str] = field(default_factory=list[str])


class Web:
    """The web process, which one can kill and start again."""

    def __init__(self, servers: ServerUrls) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        settings = get_settings()
        self._environ = environ(
            settings.data_dir,
            DATABASE_URL=servers.database_url,
            REDIS_URL=servers.redis_url,
            PUBLIC_URL=settings.public_url,
            TWILIO_AUTH_TOKEN=settings.twilio_auth_token,
            SECRET_KEY="tests",
        )
        self.process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *command("web", "--port", str(self.port)),
            env=self._environ,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with httpx.AsyncClient(base_url=self.url) as client:
            for _ in range(300):
                try:
                    if (await client.get("/healthz")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        raise TimeoutError("the web process does not answer")

    async def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()
            self.process = None


class Carrier:
    """Delivers ten at once, until each delivery is answered."""

    def __init__(self, web: Web, deliveries: list[Text]) -> None:
        self.web = web
        self.left = deliveries
        self.answered = self.repeated = self.failed = 0
        self._counted = asyncio.Condition()

    async def deliver_all(self) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(
            base_url=self.web.url, timeout=PATIENCE, limits=limits
        ) as client:
            await asyncio.gather(*(self._deliver(client) for _ in range(AT_ONCE)))

    async def answered_so_many(self, count: int) -> None:
        async with self._counted:
            await self._counted.wait_for(lambda: self.answered >= count)

    async def _deliver(self, client: httpx.AsyncClient) -> None:
        while self.left:
            text = self.left.pop()
            response = None
            with suppress(httpx.TransportError):
                response = await post_signed(client, WEBHOOK, text.params)
            if response is None or not response.is_success:
                self.failed += response is not None
                assert self.failed < MAX_FAILED, response and response.text
                self.repeated += 1
                self.left.append(text)
                await asyncio.sleep(0.1)
                continue
            assert response.headers["content-type"].startswith("text/xml")
            text.answers.append(reply_text(response))
            async with self._counted:
                self.answered += 1
                self._counted.notify_all()


@asynccontextmanager
async def killed_in_the_middle(carrier: Carrier, kills: int) -> AsyncGenerator[None]:
    """Twice: after a third and after two thirds of the deliveries. Once: after half of them."""
    whole = len(carrier.left)

    async def kill() -> None:
        for part in range(1, kills + 1):
            await carrier.answered_so_many(whole * part // (kills + 1))
            await carrier.web.kill()
            await asyncio.sleep(0.3)
            await carrier.web.start()

    async with asyncio.TaskGroup() as group:
        group.create_task(kill())
        yield
