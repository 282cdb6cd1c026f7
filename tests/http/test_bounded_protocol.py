"""Connections that send nothing, little or too much, to a real server."""

import asyncio
import resource
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import uvicorn
from structlog.testing import capture_logs
from uvicorn.server import ServerState

from service_desk.http import bounded_protocol
from service_desk.http.bounded_protocol import BoundedProtocol, max_connections, raise_open_files

WHOLE = b"POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: 4\r\n\r\nbody"


@pytest.fixture
async def port() -> AsyncGenerator[int]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    config = uvicorn.Config(
        app, port=0, lifespan="off", http=BoundedProtocol, log_config=None,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    config.load()
    loop = asyncio.get_running_loop()
    state = ServerState()
    server = await loop.create_server(
        lambda: BoundedProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield server.sockets[0].getsockname()[1]
    server.close()


async def answer_to(port: int, *pieces: bytes) -> bytes:
    """All that comes back until the server closes, whether it has read all the pieces or not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(_read(reader))
    for piece in pieces:
        if not answer.done():
            writer.write(piece)
            await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await answer
    writer.close()
    return answer.result()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(100)
    except ConnectionResetError:  # closed while a piece was on its way to the server
        return b""


async def test_a_whole_request_is_answered(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(WHOLE)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.parametrize(
    "pieces",
    [(), (b"POST / HT",), (b"POST / HTTP/1.1\r\n", b"Host: desk\r\n"), (WHOLE[:-2],)],
)
async def test_what_stops_in_the_middle_is_closed(
    port: int, pieces: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_protocol, "HEADER_SECONDS", 0.05)
    monkeypatch.setattr(bounded_protocol, "BODY_SECONDS", 0.05)
    assert await answer_to(port, *pieces) == b""


async def test_a_body_that_drips_has_an_end(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_protocol, "MAX_BODY_SECONDS", 0.03)
    head = b"POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: 1000\r\n\r\n"
    assert await answer_to(port, head, *[b"x"] * 10) == b""


async def test_headers_without_end_are_refused(port: int) -> None:
    many = [b"x-%d: %b\r\n" % (number, b"y" * 8000) for number in range(12)]
    assert (await answer_to(port, b"GET / HTTP/1.1\r\n", *many)).startswith(b"HTTP/1.1 431")


async def test_too_many_connections_are_closed_and_said_once(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_protocol, "MAX_CONNECTIONS", 2)
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    with capture_logs() as logged:
        assert [await answer_to(port) for _ in range(3)] == [b"", b"", b""]
    assert [line["event"] for line in logged] == ["too many connections: new ones are closed"]
    for _, writer in held:
        writer.close()


def test_open_files_are_raised_as_far_as_allowed() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = raise_open_files()
    assert allowed == min(hard, bounded_protocol.MAX_OPEN_FILES)
    assert 0 < max_connections() <= allowed
