"""From an agent's click on "Send" to the request at the carrier, with a real web and worker."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from bench.desk import HOST, START_TIMEOUT, free_port, process, reset_desk
from bench.figures import Figure, median, percentile
from service_desk import wall_clock
from service_desk.database import fetch_value
from service_desk.settings import get_settings
from service_desk.staff.operations import create_token
from service_desk.valkey import WORKER_HEARTBEAT, valkey
from tests.factories import make_staff, make_ticket

REPLIES = 200
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "b" * 32,
    "TWILIO_FROM": "+15005550006",
    # We click faster than a sender may send; what waits for its pace would be measured instead.
    "TWILIO_MESSAGES_PER_SECOND": "1000",
}
ANSWER = b'{"sid": "SM%032x", "status": "queued"}'


class Carrier:
    """Takes texts as Twilio does, and the time at which each request was complete."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[float] = asyncio.Queue()
        self._count = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
                await reader.readexactly(int(length))
                self.arrived.put_nowait(time.perf_counter())
                self._count += 1
                body = ANSWER % self._count
                writer.write(
                    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def reply() -> AsyncGenerator[Figure]:
    await reset_desk()
    async with _carrier() as carrier, _desk() as port:
        staff = await make_staff(role="supervisor")
        email = await fetch_value("SELECT email FROM staff WHERE id = $1", staff)
        token = await create_token(email, ["all"], now=wall_clock.now())
        ticket = await make_ticket()
        async with httpx.AsyncClient(
            base_url=f"http://{HOST}:{port}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        ) as agent:
            waits = [
                await _send(agent, carrier, ticket.number, serial) for serial in range(REPLIES)
            ]
    yield Figure("reply, from click to the carrier's request, median", median(waits) * 1000, "ms")
    yield Figure(
        "reply, from click to the carrier's request, 99 %", percentile(waits, 99) * 1000, "ms"
    )


async def _send(agent: httpx.AsyncClient, carrier: Carrier, number: str, serial: int) -> float:
    started = time.perf_counter()
    response = await agent.post(
        f"/tickets/{number}/messages", json={"body": f"Reply {serial}", "visibility": "public"}
    )
    response.raise_for_status()
    return await asyncio.wait_for(carrier.arrived.get(), 10) - started


@asynccontextmanager
async def _carrier() -> AsyncGenerator[Carrier]:
    carrier = Carrier()
    server = await asyncio.start_server(carrier.answer, HOST, 0)
    port = server.sockets[0].getsockname()[1]

    os.environ |= {**TWILIO, "TWILIO_API_BASE": f"http://{HOST}:{port}"}
    get_settings.cache_clear()
    try:
        yield carrier
    finally:
        for name in (*TWILIO, "TWILIO_API_BASE"):
            del os.environ[name]
        get_settings.cache_clear()
        server.close()


@asynccontextmanager
async def _desk() -> AsyncGenerator[int]:
    port = free_port()
    with (
        process("service_desk.cli", "web", "--port", str(port), port=port),
        process("service_desk.cli", "worker"),
    ):
        async with asyncio.timeout(START_TIMEOUT):
            while not await valkey().exists(WORKER_HEARTBEAT):  # noqa: ASYNC110 — its doing
                await asyncio.sleep(0.05)
        yield port
