"""What `service-desk doctor` checks: a finding for each thing that a desk needs."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from redis.exceptions import RedisError

from service_desk import wall_clock
from service_desk.attachments import storage
from service_desk.database import (
    DB,
    database_pool,
    fetch_one,
    fetch_value,
    report_connection_errors,
)
from service_desk.embedded import ServerUrls
from service_desk.engine import BEHIND_POOLER
from service_desk.i18n.delivery_errors import WRONG_SETTINGS
from service_desk.migrating import is_empty, newest_migration, schema_difference, schema_head
from service_desk.outbox.gateways.missing_gateways import missing_gateways
from service_desk.settings import Settings
from service_desk.valkey import WORKER_HEARTBEAT, make_client

Verdict = Literal["ok", "note", "wrong"]
MIN_FREE_BYTES = 1 << 30
MAX_CLOCK_DRIFT = 2.0  # seconds between us and the database
MIN_POSTGRES_VERSION = 15_00_00
MIN_SECRET_KEY = 16  # characters
ASSETS = Path(__file__).parent.parent / "web/static/vendor"

SERVER_VERSION = "SHOW server_version_num"
TIME = "SELECT now()"
# Messages that wait for another attempt: how many, and one of them, first one that failed because
# of our settings ($1: how its error begins).
RETRYING_MESSAGES = """
SELECT count(*) OVER () AS count, error, starts_with(error, $1) AS wrong_settings FROM outbox
WHERE state = 'queued' AND attempts > 0 AND channel <> 'webhook' AND error IS NOT NULL
ORDER BY wrong_settings DESC, id DESC LIMIT 1
"""
COUNT_UNKNOWN = "SELECT count(*) FROM outbox WHERE state = 'unknown' AND channel <> 'webhook'"


class Finding(msgspec.Struct, frozen=True):
    verdict: Verdict
    subject: str
    detail: str


def check_installation() -> Iterator[Finding]:
    yield Finding("ok", "python", sys.version.split()[0])
    if (ASSETS / "htmx.min.js").exists() and (ASSETS / "echarts.min.js").exists():
        yield Finding("ok", "page assets", "present")
    else:
        yield Finding("wrong", "page assets", f"missing in {ASSETS}: install the package again")


def check_settings(settings: Settings) -> Iterator[Finding]:
    secure = urlsplit(settings.public_url).scheme == "https"
    if secure and not settings.forwarded_allow_ips:
        detail = "all callers seem to have its address: set FORWARDED_ALLOW_IPS"
        yield Finding("note", "proxy", detail)
    if settings.uses_twilio:
        yield Finding("ok", "SMS", "by Twilio")
        if not secure:
            yield Finding("wrong", "PUBLIC_URL", "Twilio calls it from outside: it must be https")
    elif settings.demo:
        yield Finding("note", "SMS", "the handset gets it, in demo mode")
    if settings.demo and not settings.smtp_url:
        yield Finding("note", "e-mail", "the handset gets it, in demo mode")
    for missing in missing_gateways(settings):
        yield Finding("wrong", missing.setting, f"cannot be sent: {missing.why}")
    if settings.secret_key and len(settings.secret_key) < MIN_SECRET_KEY:
        detail = f"shorter than {MIN_SECRET_KEY} characters, so it can be guessed: leave it unset, "
        yield Finding("wrong", "SECRET_KEY", detail + "and one is made and kept")
    if settings.demo:
        yield Finding("note", "demo mode", "on: its logins are public knowledge")


def check_data_directory(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Finding("wrong", "data", f"{folder} cannot be written: set DESK_DATA_DIR")
        return
    free = shutil.disk_usage(existing).free
    verdict: Verdict = "ok" if free > MIN_FREE_BYTES else "wrong"
    yield Finding(verdict, "data", f"{folder}, {free / 2**30:.1f} GiB free")


async def check_servers(urls: ServerUrls, *, desk_runs: bool) -> list[Finding]:
    """`desk_runs`: whether a desk runs on the data directory, and so should have a worker."""
    return [
        *[finding async for finding in check_database(urls.database_url)],
        *[finding async for finding in check_valkey(urls.redis_url, desk_runs=desk_runs)],
        await check_attachments(),
    ]


async def check_database(url: str) -> AsyncIterator[Finding]:
    async with AsyncExitStack() as stack:
        with report_connection_errors(url):
            await stack.enter_async_context(database_pool(url, size=1))
        version = int(await fetch_value(SERVER_VERSION))
        verdict: Verdict = "ok" if version >= MIN_POSTGRES_VERSION else "wrong"
        yield Finding(verdict, "database", f"PostgreSQL {version // 10_000}.{version % 10_000}")
        if DB.lent:
            yield Finding("note", "pooler", BEHIND_POOLER)
        drift = abs((wall_clock.now() - await fetch_value(TIME)).total_seconds())
        if drift > MAX_CLOCK_DRIFT:
            yield Finding("wrong", "time", f"the database's clock differs by {drift:.0f} s")
        present = None if await is_empty() else await schema_head()
        if present == newest_migration():
            yield Finding("ok", "schema", str(present))
            yield await check_outbox()
            if (unknown := await check_unknown_messages()) is not None:
                yield unknown
        else:
            yield Finding("wrong", "schema", schema_difference(present, newest_migration()))


async def check_outbox() -> Finding:
    """Whether messages wait for another attempt, above all for our settings to be corrected."""
    row = await fetch_one(RETRYING_MESSAGES, WRONG_SETTINGS)
    if row is None:
        return Finding("ok", "messages", "none waits for another attempt")
    verdict: Verdict = "wrong" if row["wrong_settings"] else "note"
    detail = f"{row['count']} wait for another attempt. {row['error']}"
    return Finding(verdict, "messages", " ".join(detail.split()))


async def check_unknown_messages() -> Finding | None:
    """Whether messages wait for a person to say whether they went out."""
    count = await fetch_value(COUNT_UNKNOWN)
    if not count:
        return None
    return Finding("note", "unknown", f"{count} messages may have gone out or not: see /outbox")


async def check_attachments() -> Finding:
    """Whether attachments can be stored: by storing one."""
    key = storage.new_key()
    try:
        await storage.put(key, b"service-desk doctor")
        await storage.read(key)
        await storage.remove([key])
    except storage.StorageError as error:
        reason = str(error).partition("\n")[0]
        detail = f"cannot be stored ({reason}): see ATTACHMENTS_URL"
        return Finding("wrong", "attachments", detail)
    return Finding("ok", "attachments", "can be stored")


async def check_valkey(url: str, *, desk_runs: bool) -> AsyncIterator[Finding]:
    client = make_client(url)
    try:
        await client.ping()
        yield Finding("ok", "valkey", "answers")
        if await client.exists(WORKER_HEARTBEAT):
            yield Finding("ok", "worker", "running")
        else:
            verdict: Verdict = "wrong" if desk_runs else "note"
            yield Finding(verdict, "worker", "none runs: service-desk up, or service-desk worker")
    except (RedisError, OSError, TimeoutError) as error:
        yield Finding("wrong", "valkey", f"does not answer ({error}): see REDIS_URL")
    finally:
        await client.aclose()
