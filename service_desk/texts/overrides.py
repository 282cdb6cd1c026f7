"""Texts that supervisors have put in place of the shipped ones, as this process knows them.

`texts.text()` is asked in the middle of everything, so it reads memory. Every process that sends
or says something keeps `following_overrides()` running: an edit is followed within `EVERY`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog

from service_desk.database import fetch, fetch_value

EVERY = 2.0  # seconds

log = structlog.get_logger()


class _Known:
    newest = 0  # id of the last edit that is taken over
    bodies: dict[tuple[str, str], str]


_Known.bodies = {}


def override(name: str, locale: str) -> str | None:
    """The edited text of that name, or None where the shipped one is in force."""
    return _Known.bodies.get((name, locale))


@asynccontextmanager
async def following_overrides() -> AsyncGenerator[None]:
    """Follow every edit, in whatever process it is made, for the length of the block."""
    await _follow_once()
    task = asyncio.create_task(_follow())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def refresh_overrides() -> None:
    """Take over what was edited since the last time: one look at an index if nothing was."""
    newest = await fetch_value("SELECT coalesce(max(id), 0) FROM message_text")
    if newest == _Known.newest:
        return
    rows = await fetch(
        "SELECT DISTINCT ON (name, locale) name, locale, body FROM message_text "
        "ORDER BY name, locale, version DESC"
    )
    _Known.bodies = {
        (row["name"], row["locale"]): row["body"] for row in rows if row["body"] is not None
    }
    _Known.newest = newest


def forget_overrides() -> None:
    """For a database that is emptied under a running process, as in tests."""
    _Known.newest, _Known.bodies = 0, {}


async def _follow() -> None:
    while True:
        await asyncio.sleep(EVERY)
        await _follow_once()


async def _follow_once() -> None:
    """The texts known so far serve on while the database is gone."""
    try:
        await refresh_overrides()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        log.warning("edited texts are not followed", error=repr(error))
