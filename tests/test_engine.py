"""A PostgreSQL that hangs: timeouts, no leaks, and recovery."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable

import pytest
from httpx import AsyncClient

from service_desk import engine
from service_desk.database import DB as REAL
from service_desk.database import fetch_value, long_statements, set_json_codec, transaction
from service_desk.engine import Engine
from service_desk.operating import readiness
from service_desk.staff.authentication import session_cookie
from service_desk.tables.staff import Staff
from tests.wire import Wire

SECONDS = 0.3
HANGS = 30.0
"""Without a timeout of ours a statement waits for ever, and a connection for a minute."""


@pytest.fixture
async def wire(desk: str, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Wire]:
    """The app's pool as the web has it, over a wire that can be held, with shorter timeouts."""
    for name in ("ACQUIRE_SECONDS", "RELEASE_SECONDS", "CONNECT_SECONDS"):
        monkeypatch.setattr(engine, name, SECONDS)
    wire = Wire(desk)
    await wire.mend()
    lent = Engine({"dsn": wire.url})
    await lent.start_pool(size=2, command_timeout=SECONDS, init=set_json_codec)
    monkeypatch.setattr(REAL, "pool", lent.pool)
    monkeypatch.setattr(REAL, "command_timeout", SECONDS)
    yield wire
    await wire.cut()
    assert lent.pool is not None
    lent.pool.terminate()


async def outcome(work: Awaitable[object]) -> type[BaseException] | None:
    async with asyncio.timeout(HANGS):  # its own TimeoutError is raised, and fails the test
        try:
            await work
        except Exception as error:  # noqa: BLE001 - each is tried again alone, and raises it then
            return type(error)
    return None


async def write() -> None:
    async with transaction():
        await fetch_value("SELECT 1")
        await fetch_value("SELECT 2")


async def write_until_held(wire: Wire) -> None:
    async with transaction():
        await fetch_value("SELECT 1")
        wire.hold()
        await fetch_value("SELECT 2")


async def commit_held(wire: Wire) -> None:
    async with transaction():
        await fetch_value("SELECT 1")
        wire.hold()


async def test_a_hanging_statement_times_out_and_nothing_leaks(wire: Wire) -> None:
    for hanging in (write_until_held, commit_held):
        assert await outcome(hanging(wire)) is TimeoutError
        assert REAL.current_transaction.get() is None
        more: list[Awaitable[object]] = [fetch_value("SELECT 1"), write(), Staff.count().run()]
        for work in more:
            assert await outcome(work) is TimeoutError
        wire.release()
        for _ in range(3):  # more than the pool has connections
            await asyncio.gather(write(), write(), fetch_value("SELECT 1"))
            assert await Staff.count().run() == 0


async def test_a_transaction_with_a_failed_statement_is_rolled_back(desk: str) -> None:
    async def fail() -> None:
        async with transaction():
            await fetch_value("INSERT INTO demo_clock (id, offset_seconds) VALUES (1, 7)")
            raise TimeoutError

    assert await outcome(fail()) is TimeoutError
    assert await fetch_value("SELECT count(*) FROM demo_clock") == 0


async def test_a_cancellation_at_any_point_leaks_nothing(desk: str) -> None:
    delay, ended = 0.0, asyncio.CancelledError
    while ended is asyncio.CancelledError:  # later and later, until it is done before
        await fetch_value("SELECT 1")  # so that a connection is there
        task = asyncio.create_task(write())
        await asyncio.sleep(delay)
        task.cancel()
        ended = next(map(type, await asyncio.gather(task, return_exceptions=True)))
        delay += 0.0001
    assert ended is type(None)
    assert REAL.pool is not None
    assert REAL.pool.get_size() - REAL.pool.get_idle_size() == 0
    assert await fetch_value("SELECT 1") == 1


async def test_long_statements_may_take_longer(wire: Wire) -> None:
    slow = f"SELECT pg_sleep({SECONDS * 2})"
    assert await outcome(fetch_value(slow)) is TimeoutError
    with long_statements():
        assert await outcome(fetch_value(slow)) is None


async def test_a_worker_waits_for_a_free_connection(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "ACQUIRE_SECONDS", SECONDS)
    lent = Engine({"dsn": desk})
    await lent.start_pool(size=1, command_timeout=None, init=set_json_codec)
    monkeypatch.setattr(REAL, "pool", lent.pool)
    slow = fetch_value(f"SELECT pg_sleep({SECONDS * 2})")
    assert await asyncio.gather(*map(outcome, (slow, fetch_value("SELECT 1")))) == [None, None]
    monkeypatch.undo()
    await lent.close_pool()


async def test_pages_and_rest_answer_503(
    client: AsyncClient, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "CHECK_TIMEOUT", SECONDS / 2)
    client.cookies.set(session_cookie(), "somebody")
    wire.hold()
    for path, status in [("/queue", 503), ("/readyz", 503), ("/healthz", 200), ("/queue", 503)]:
        async with asyncio.timeout(HANGS):
            answer = await client.get(path)
        assert (answer.status_code, path) == (status, path)
        if path == "/queue":
            assert int(answer.headers["retry-after"]) > 0
