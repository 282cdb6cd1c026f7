"""The other side of the gateways: a fake Twilio and a mail server, on real sockets."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import parse_qs

from aiosmtpd.smtp import SMTP, Envelope
from msgspec import Struct, field


class Answer(Struct):
    """A response of the fake Twilio. Status 0: it hangs up without one."""

    status: int = 201
    body: str | None = None
    seconds: float = 0


class FakeTwilio(Struct):
    """`requests`: (path, headers, parameters), as received. `answers`: used up one by one.

    `behave`: decides by the parameters when no answer is left.
    """

    url: str
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(
        default_factory=list[tuple[str, dict[str, str], dict[str, str]]]
    )
    answers: list[Answer] = field(default_factory=list[Answer])
    requested: asyncio.Event = field(default_factory=asyncio.Event)
    behave: Callable[[dict[str, str]], Answer] = lambda _: Answer()

    @property
    def sent(self) -> list[dict[str, str]]:
        return [parameters for _, _, parameters in self.requests]


@asynccontextmanager
async def fake_twilio() -> AsyncGenerator[FakeTwilio]:
    twilio = FakeTwilio("")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _answer_one(twilio, reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with _serve(answer) as port:
        twilio.url = f"http://127.0.0.1:{port}"
        yield twilio


async def _answer_one(
    twilio: FakeTwilio, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])
    }
    body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
    fields = {name: values[0] for name, values in parse_qs(body).items()}
    twilio.requests.append((head[0].split(" ")[1], headers, fields))
    serial = len(twilio.requests)
    twilio.requested.set()
    answer = twilio.answers.pop(0) if twilio.answers else twilio.behave(fields)
    await asyncio.sleep(answer.seconds)
    if not answer.status:
        return False
    body = answer.body
    if body is None:
        body = json.dumps({"sid": f"SM{serial:032x}", "status": "queued"})
    writer.write(
        f"HTTP/1.1 {answer.status} X\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()
    )
    await writer.drain()
    return True


@asynccontextmanager
async def _serve(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncGenerator[int]:
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def silent_server() -> AsyncGenerator[int]:
    """Accepts connections and never responds. Yields its port."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with _serve(listen) as port:
        yield port


@asynccontextmanager
async def scripted_mail_server(script: list[tuple[float, str]]) -> AsyncGenerator[str]:
    """A mail server that replies with these lines, each after a delay in seconds: the first as a
    greeting, the others to a command or a whole text. An empty line hangs up. Yields its URL."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _play(script, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with _serve(talk) as port:
        yield f"smtp://127.0.0.1:{port}?from=desk@desk.test"


async def _play(
    script: list[tuple[float, str]], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    end = b""
    for seconds, line in script:
        if end:
            await reader.readuntil(end)
        await asyncio.sleep(seconds)
        if not line:
            return
        writer.write(line.encode() + b"\r\n")
        await writer.drain()
        end = b"\r\n.\r\n" if line.startswith("354") else b"\r\n"


class Mailbox:
    """`received`: mails. `replies`: instead of "250 OK" to a step (RCPT, DATA)."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.replies: dict[str, str] = {}
        self.drops_after_data = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: object, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.replies:
            return self.replies["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        assert isinstance(content, bytes)
        self.received.append(message_from_bytes(content, policy=default))
        self.recipients += envelope.rcpt_tos
        if self.drops_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.replies.get("DATA", "250 OK")


@asynccontextmanager
async def mail_server() -> AsyncGenerator[Mailbox]:
    mailbox = Mailbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, hostname="mail.test"), "127.0.0.1", 0
    )
    mailbox.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?from=desk@desk.test"
    try:
        yield mailbox
    finally:
        server.close()
