"""Requests as fast as a server answers them, over persistent connections."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from bench.desk import HOST
from tests.twilio_side import signature, sms

CONNECTIONS = 64  # with fewer, the sender is the bottleneck
SMS = "/webhooks/twilio/sms"


def signed_texts(count: int, first: int, path: str = SMS) -> list[bytes]:
    """Complaints of as many customers, as Twilio posts and signs them."""
    return [_text(serial, path) for serial in range(first, first + count)]


async def requests_per_second(port: int, requests: Sequence[bytes]) -> float:
    waiting, start = iter(requests), time.perf_counter()
    await asyncio.gather(*(_send(port, waiting) for _ in range(CONNECTIONS)))
    return len(requests) / (time.perf_counter() - start)


async def milliseconds(port: int, requests: Sequence[bytes]) -> list[float]:
    """To answer each, one after the other."""
    return await _send(port, iter(requests))


async def _send(port: int, requests: Iterator[bytes]) -> list[float]:
    """Raises RuntimeError with the answer, if one is not 200 or 201."""
    times: list[float] = []
    reader, writer = await asyncio.open_connection(HOST, port)
    for request in requests:
        start = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        times.append((time.perf_counter() - start) * 1000)
        if not head.startswith(b"HTTP/1.1 20"):
            raise RuntimeError((head + body).decode())
    writer.close()
    return times


def get(path: str, **headers: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{lines}\r\n".encode()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def _text(serial: int, path: str) -> bytes:
    body = f"The washing machine shakes and stops, order {serial}"
    params = sms(body, sender=f"+86138{serial:08}")
    content = urlencode(params)
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature(path, params)}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n{content}"
    ).encode()
