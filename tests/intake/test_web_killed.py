"""1,000 texts, each delivered one to five times in any order, and a web process that is killed.

The web process is the real one, `service-desk web`, on a port of its own; the senders do as Twilio
does: what is not answered 2xx is delivered again.
"""

import asyncio
import random
import signal
import socket
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from msgspec import Struct, field

from service_desk import clock
from service_desk.database import fetch, fetch_value
from service_desk.embedded import Urls
from service_desk.messaging.texts import TEXTS
from service_desk.settings import get_settings
from service_desk.sla.verification import verify_clocks
from tests.operating.desk import command, environ
from tests.twilio_side import number_in, post_signed, said, sms

WEBHOOK = "/webhooks/twilio/sms"
SENDERS, TEXTS_EACH, AT_ONCE = 50, 20, 10
PATIENCE = 15  # seconds, as Twilio's
STATUS, HELP = {"en": "STATUS", "zh": "进度"}, {"en": "HELP", "zh": "帮助"}


class Text(Struct):
    """One text of one sender, and what it was answered each time."""

    phone: str
    locale: str
    kind: str  # words, status or help
    params: dict[str, str]
    answers: list[str] = field(default_factory=list)


class Web:
    """The web process, which one can kill and start again."""

    def __init__(self, servers: Urls) -> None:
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


@pytest.fixture
async def web(desk: str, servers: Urls) -> AsyncGenerator[Web]:
    web = Web(servers)
    await web.start()
    yield web
    await web.kill()


class Carrier:
    """Delivers ten at once, until each delivery is answered."""

    def __init__(self, web: Web, deliveries: list[Text]) -> None:
        self.web = web
        self.left = deliveries
        self.answered = self.repeated = 0
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
            try:
                response = await post_signed(client, WEBHOOK, text.params)
                response.raise_for_status()
            except (httpx.TransportError, httpx.HTTPStatusError):
                self.repeated += 1
                self.left.append(text)
                await asyncio.sleep(0.1)
                continue
            assert response.headers["content-type"].startswith("text/xml")
            text.answers.append(said(response))
            async with self._counted:
                self.answered += 1
                self._counted.notify_all()


@asynccontextmanager
async def killed_in_the_middle(carrier: Carrier) -> AsyncGenerator[None]:
    """Twice: after a third and after two thirds of the deliveries."""
    whole = len(carrier.left)

    async def kill() -> None:
        for third in (1, 2):
            await carrier.answered_so_many(whole * third // 3)
            await carrier.web.kill()
            await asyncio.sleep(0.3)
            await carrier.web.start()

    killer = asyncio.create_task(kill())
    try:
        yield
        await killer
    finally:
        killer.cancel()


def texts(chance: random.Random) -> list[Text]:
    made: list[Text] = []
    for sender in range(SENDERS):
        phone, locale = f"+8613800{sender:06}", chance.choice(["en", "zh"])
        for place in range(TEXTS_EACH):
            kind = "words" if place == 0 else chance.choice(["words"] * 8 + ["status", "help"])
            body = {
                "words": f"It is broken, part {chr(97 + place)}"
                if locale == "en"
                else f"坏了，之{'一二三四五六七八九十甲乙丙丁戊己庚辛壬癸'[place]}",
                "status": STATUS[locale],
                "help": HELP[locale],
            }[kind]
            made.append(Text(phone, locale, kind, sms(body, sender=phone)))
    return made


async def test_each_is_one_message_and_answered_right(web: Web) -> None:
    chance = random.Random(5)
    sent = texts(chance)
    assert len(sent) == 1000
    deliveries = [text for text in sent for _ in range(chance.randint(1, 5))]
    chance.shuffle(deliveries)
    carrier = Carrier(web, [*deliveries])
    async with killed_in_the_middle(carrier):
        await carrier.deliver_all()
    assert carrier.repeated > 0, "the process was killed while nothing was under way"
    assert carrier.answered == len(deliveries)
    assert await fetch_value("SELECT count(*) FROM webhook_receipt") == len(sent)
    assert await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'answer'") == len(sent)

    by_sender: dict[str, list[Text]] = defaultdict(list)
    for text in sent:
        assert len(set(text.answers)) == 1, text
        by_sender[text.phone].append(text)
    for phone, own in by_sender.items():
        await _check_sender(phone, own)
    async for batch in verify_clocks(clock.now()):
        assert batch.differences == []


async def _check_sender(phone: str, own: list[Text]) -> None:
    tickets = await fetch(
        "SELECT t.number, t.token, t.id FROM ticket t JOIN customer c ON c.id = t.customer "
        "WHERE c.phone = $1",
        phone,
    )
    assert len(tickets) == 1, (phone, [ticket["number"] for ticket in tickets])
    number, token = tickets[0]["number"], tickets[0]["token"]
    stored = await fetch(
        "SELECT external_id, body FROM message WHERE ticket = $1 AND direction = 'in'",
        tickets[0]["id"],
    )
    words = [text for text in own if text.kind == "words"]
    assert sorted((row["external_id"], row["body"]) for row in stored) == sorted(
        (text.params["MessageSid"], text.params["Body"]) for text in words
    )
    opened = 0
    for text in own:
        answer = text.answers[0]
        if text.kind == "help":
            assert "/support" in answer
        elif text.kind == "status":
            none = TEXTS["status_none"].in_locale(text.locale)
            assert answer == none or (number in answer and token in answer), answer
        elif token in answer:
            opened += 1
            assert number_in(answer) == number
        else:
            assert answer == TEXTS["joined"].in_locale(text.locale).format(number=number)
    assert opened == 1, phone
