"""Texts that supervisors have put in place of the shipped ones, as this process knows them.

`texts.text()` is asked in the middle of everything, so it reads memory. Every process that sends
or says something keeps `refreshing_overrides()` running: an edit is followed within `EVERY`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog

from service_desk.database import fetch, fetch_value

REFRESH_SECONDS = 2.0  # seconds

log = structlog.get_logger()


class _OverrideCache:
    newest = 0  # id of the last edit that is taken over
    bodies: dict[tuple[str, str], str]


_OverrideCache.bodies = {}


def override(name: str, locale: str) -> str | None:
    """The edited text of that name, or None where the shipped one is in force."""
    return _OverrideCache.bodies.get((name, locale))


@asynccontextmanager
async def refreshing_overrides() -> AsyncGenerator[None]:
    """Follow every edit, in whatever process it is made, for the length of the block."""
    await _refresh_quietly()
    task = asyncio.create_task(_refresh_forever())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def refresh_overrides() -> None:
    """Take over what was edited since the last time: one look at an index if nothing was."""
    newest = await fetch_value("SELECT coalesce(max(id), 0) FROM text_version")
    if newest == _OverrideCache.newest:
        return
    rows = await fetch(
        "SELECT DISTINCT ON (name, locale) name, locale, body FROM text_version "
        "ORDER BY name, locale, version DESC"
    )
    _OverrideCache.bodies = {
        (row["name"], row["locale"]): row["body"] for row in rows if row["body"] is not None
    }
    _OverrideCache.newest = newest


def clear_overrides() -> None:
    """For a database that is emptied under a running process, as in tests."""
    _OverrideCache.newest, _OverrideCache.bodies = 0, {}


async def _refresh_forever() -> None:
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        await _refresh_quietly()


async def _refresh_quietly() -> None:
    """The texts known so far serve on while the database is gone."""
    try:
        await refresh_overrides()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        log.warning("edited texts are not followed", error=repr(error))
