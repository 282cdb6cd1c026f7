"""Whether everything that the desk needs is there: database, schema, Valkey and a worker."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from msgspec import Struct

from service_desk.database import fetch_value
from service_desk.migrating import newest_migration, schema_head
from service_desk.valkey import WORKER_HEARTBEAT, valkey

PATIENCE = 2.0  # seconds for each part


class Part(Struct, omit_defaults=True):
    """One thing that the desk needs. `detail` says what is wrong, and what to do."""

    ok: bool
    detail: str = ""


class Readiness(Struct):
    ready: bool
    parts: dict[str, Part]


async def readiness() -> Readiness:
    """All parts, asked at once."""
    names = ("database", "schema", "valkey", "worker")
    parts = await asyncio.gather(
        _part(_database()), _part(_schema()), _part(_valkey()), _part(_worker())
    )
    return Readiness(all(part.ok for part in parts), dict(zip(names, parts, strict=True)))


_given_up: set[asyncio.Task[Part]] = set()


async def _part(question: Coroutine[Any, Any, Part]) -> Part:
    """What is asked may need its own time to give up: we do not wait for that either."""
    task = asyncio.create_task(question)
    await asyncio.wait({task}, timeout=PATIENCE)
    if not task.done():
        task.cancel()
        _given_up.add(task)
        task.add_done_callback(_given_up.discard)
        return Part(False, f"no answer within {PATIENCE:.0f} s")
    error = task.exception()
    return task.result() if error is None else Part(False, f"no answer: {type(error).__name__}")


async def _database() -> Part:
    await fetch_value("SELECT 1")
    return Part(True)


async def _schema() -> Part:
    # In a thread: the first time it imports all migrations, and other requests go on meanwhile.
    wanted = await asyncio.to_thread(newest_migration)
    present = await schema_head()
    if present == wanted:
        return Part(True)
    return Part(False, f"at {present}, the code needs {wanted}: run `service-desk migrate`")


async def _valkey() -> Part:
    await valkey().ping()  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]
    return Part(True)


async def _worker() -> Part:
    if await valkey().exists(WORKER_HEARTBEAT):
        return Part(True)
    return Part(False, "no heartbeat: is `service-desk worker` running?")
