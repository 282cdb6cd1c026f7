"""Whether everything that the desk needs works: database, schema, Valkey and a worker."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from msgspec import Struct

from service_desk.database import DB, fetch_value
from service_desk.engine import BEHIND_POOLER
from service_desk.migrating import newest_migration, schema_difference, schema_head
from service_desk.outbox.gateways.missing_gateways import missing_gateways
from service_desk.settings import get_settings
from service_desk.valkey import WORKER_HEARTBEAT, valkey

PING = "SELECT 1"
CHECK_TIMEOUT = 2.0  # seconds for each component


class ComponentHealth(Struct, omit_defaults=True):
    """`detail`: what is wrong, and what to do."""

    ok: bool
    detail: str = ""


class Readiness(Struct):
    """`warnings`: what the desk lacks though it works, such as a way to send e-mail."""

    ready: bool
    components: dict[str, ComponentHealth]
    warnings: list[str] = []


async def readiness() -> Readiness:
    """All components, checked concurrently."""
    names = ("database", "schema", "valkey", "worker")
    found = await asyncio.gather(
        _health(_check_database()),
        _health(_check_schema()),
        _health(_check_valkey()),
        _health(_check_worker()),
    )
    return Readiness(
        all(health.ok for health in found),
        dict(zip(names, found, strict=True)),
        [
            *(
                f"{one.setting} cannot be sent: {one.why}"
                for one in missing_gateways(get_settings())
            ),
            *([f"the database is behind {BEHIND_POOLER}"] if DB.lent else []),
        ],
    )


_abandoned_checks: set[asyncio.Task[ComponentHealth]] = set()


async def _health(check: Coroutine[Any, Any, ComponentHealth]) -> ComponentHealth:
    """A check that is cancelled may itself take time to end: we do not wait for that either."""
    task = asyncio.create_task(check)
    await asyncio.wait({task}, timeout=CHECK_TIMEOUT)
    if not task.done():
        task.cancel()
        _abandoned_checks.add(task)
        task.add_done_callback(_abandoned_checks.discard)
        return ComponentHealth(False, f"no answer within {CHECK_TIMEOUT:.0f} s")
    error = task.exception()
    if error is not None:
        return ComponentHealth(False, f"no answer: {type(error).__name__}")
    return task.result()


async def _check_database() -> ComponentHealth:
    await fetch_value(PING)
    return ComponentHealth(True)


async def _check_schema() -> ComponentHealth:
    wanted, present = newest_migration(), await schema_head()
    if present == wanted:
        return ComponentHealth(True)
    return ComponentHealth(False, schema_difference(present, wanted))


async def _check_valkey() -> ComponentHealth:
    await valkey().ping()
    return ComponentHealth(True)


async def _check_worker() -> ComponentHealth:
    if await valkey().exists(WORKER_HEARTBEAT):
        return ComponentHealth(True)
    return ComponentHealth(False, "no heartbeat: is `service-desk worker` running?")
