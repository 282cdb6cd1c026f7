"""A receiver of our webhooks, on a real socket."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

from msgspec import Struct, field


class Delivery(Struct):
    path: str
    headers: dict[str, str]
    body: str

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """As receivers verify it by the standard."""
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.{self.body}"
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mac = base64.b64encode(hmac.new(key, signed.encode(), sha256).digest()).decode()
        return self.headers["webhook-signature"] == f"v1,{mac}"


class Receiver(Struct):
    """`statuses`: of the responses, used up one by one, then 200; 0 hangs up, -1 never responds."""

    url: str = ""
    received: list[Delivery] = field(default_factory=list[Delivery])
    statuses: list[int] = field(default_factory=list[int])
    requested: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def events(self) -> list[str]:
        return [one.event["type"] for one in self.received]


@asynccontextmanager
async def receiver() -> AsyncGenerator[Receiver]:
    hook = Receiver()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _answer_one(hook, reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    hook.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield hook
    finally:
        server.close()


async def _answer_one(
    hook: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])
    }
    body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
    hook.received.append(Delivery(head[0], headers, body))
    hook.requested.set()
    status = hook.statuses.pop(0) if hook.statuses else 200
    if status == -1:
        await asyncio.sleep(60)
    if status <= 0:
        return False
    more = "Location: http://127.0.0.1:9/\r\n" if status in (301, 302) else ""
    writer.write(f"HTTP/1.1 {status} X\r\n{more}Content-Length: 2\r\n\r\nok".encode())
    await writer.drain()
    return True
