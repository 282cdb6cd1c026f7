"""/healthz, /readyz and /metrics, for whoever watches over the desk."""

import asyncio
from collections.abc import Coroutine
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from litestar import MediaType, Response, Router, get
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from msgspec import Struct

import migrations
from service_desk import wall_clock
from service_desk.database import fetch_value, schema_head
from service_desk.valkey import valkey
from service_desk.web import metrics
from service_desk.web.access import PUBLIC

WORKER_HEARTBEAT = "desk:worker:health"
PATIENCE = 2.0  # seconds for each part


class Part(Struct, omit_defaults=True):
    """One thing that the desk needs. `detail` says what is wrong, and what to do."""

    ok: bool
    detail: str = ""


class Readiness(Struct):
    ready: bool
    parts: dict[str, Part]


@get("/healthz", guards=[PUBLIC], media_type=MediaType.TEXT, sync_to_thread=False)
def healthz() -> str:
    return "ok"


@get("/readyz", guards=[PUBLIC])
async def readyz() -> Response[Readiness]:
    """200 if everything works, else 503; each part says how it is."""
    names = ("database", "schema", "valkey", "worker")
    parts = await asyncio.gather(
        _part(_database()), _part(_schema()), _part(_valkey()), _part(_worker())
    )
    readiness = Readiness(all(part.ok for part in parts), dict(zip(names, parts, strict=True)))
    status = HTTP_200_OK if readiness.ready else HTTP_503_SERVICE_UNAVAILABLE
    return Response(readiness, status_code=status, headers={"Cache-Control": "no-store"})


@get("/metrics", guards=[PUBLIC], media_type=MediaType.TEXT)
async def show_metrics() -> Response[bytes]:
    return Response(
        await metrics.exposition(wall_clock.now()), headers={"Content-Type": metrics.CONTENT_TYPE}
    )


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
    present, wanted = await schema_head(), newest_migration()
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


@cache
def newest_migration() -> str:
    """The id of the last migration in the code."""
    modules = (
        import_module(f"migrations.{found.name}") for found in iter_modules(migrations.__path__)
    )
    return max(module.ID for module in modules)


router = Router("/", route_handlers=[healthz, readyz, show_metrics], include_in_schema=False)
