"""The edited texts, cached in each process.

`render_text` is called everywhere and must not wait for the database. Every process that renders
texts keeps `refreshing_overrides()` running and sees an edit within REFRESH_SECONDS.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog

from service_desk.database import DATABASE_ERRORS, fetch, fetch_value
from service_desk.rules.words.languages import Locale

REFRESH_SECONDS = 2.0

log = structlog.get_logger()


class _OverrideCache:
    newest = 0  # id of the latest edit in `bodies`
    bodies: dict[tuple[str, str], str]


_OverrideCache.bodies = {}

_NEWEST_EDIT = "SELECT coalesce(max(id), 0) FROM text_version"
_EDITED = """
SELECT DISTINCT ON (name, locale) name, locale, body FROM text_version
ORDER BY name, locale, version DESC
"""


def override(name: str, locale: Locale) -> str | None:
    """The edited text, or None if the shipped one is used."""
    return _OverrideCache.bodies.get((name, locale))


@asynccontextmanager
async def refreshing_overrides() -> AsyncGenerator[None]:
    """Keep the cache up to date with edits made by any process, for the length of the block."""
    await _refresh_quietly()
    task = asyncio.create_task(_refresh_forever())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def refresh_overrides() -> None:
    """Load the edits; only one index lookup if there are no new ones."""
    newest = await fetch_value(_NEWEST_EDIT)
    if newest == _OverrideCache.newest:
        return
    rows = await fetch(_EDITED)
    _OverrideCache.bodies = {
        (row["name"], row["locale"]): row["body"] for row in rows if row["body"] is not None
    }
    _OverrideCache.newest = newest


def clear_overrides() -> None:
    """For tests, which empty the database under a running process."""
    _OverrideCache.newest, _OverrideCache.bodies = 0, {}


async def _refresh_forever() -> None:
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        await _refresh_quietly()


async def _refresh_quietly() -> None:
    """While the database is gone, the cached texts are still used."""
    try:
        await refresh_overrides()
    except (*DATABASE_ERRORS, OSError, TimeoutError) as error:
        log.warning("edited texts were not refreshed", error=repr(error))
