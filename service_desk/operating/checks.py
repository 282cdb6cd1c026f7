"""What `service-desk doctor` looks at: a finding for each thing that a desk needs."""

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
from service_desk.database import answers, database_pool, fetch_one, fetch_value
from service_desk.embedded import ServerUrls
from service_desk.i18n.delivery_errors import WRONG_SETTINGS
from service_desk.migrating import is_empty, newest_migration, schema_head
from service_desk.settings import Settings
from service_desk.valkey import WORKER_HEARTBEAT, make_client

Verdict = Literal["ok", "note", "wrong"]
MIN_FREE_BYTES = 1 << 30
MAX_CLOCK_DRIFT = 2.0  # seconds between us and the database
MIN_POSTGRES_VERSION = 15_00_00
ASSETS = Path(__file__).parent.parent / "web/static/vendor"


class Finding(msgspec.Struct, frozen=True):
    verdict: Verdict
    about: str
    says: str


def installation() -> Iterator[Finding]:
    yield Finding("ok", "python", sys.version.split()[0])
    if (ASSETS / "htmx.min.js").exists() and (ASSETS / "echarts.min.js").exists():
        yield Finding("ok", "page assets", "present")
    else:
        yield Finding("wrong", "page assets", f"missing in {ASSETS}: install the package again")


def configuration(settings: Settings) -> Iterator[Finding]:
    secure = urlsplit(settings.public_url).scheme == "https"
    if secure and not settings.forwarded_allow_ips:
        yield Finding("note", "proxy", "its callers are not told apart: FORWARDED_ALLOW_IPS")
    if settings.uses_twilio:
        yield Finding("ok", "SMS", "by Twilio")
        if not secure:
            yield Finding("wrong", "PUBLIC_URL", "Twilio calls it from outside: it must be https")
    else:
        yield Finding("note", "SMS", "the handset takes it: no Twilio credentials, or demo mode")
    if settings.uses_twilio and not (settings.twilio_from or settings.twilio_messaging_service_sid):
        says = "set TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID, or no SMS can go out"
        yield Finding("wrong", "TWILIO_FROM", says)
    if not settings.smtp_url:
        yield Finding("note", "e-mail", "the handset takes it: SMTP_URL is not set")
    if settings.demo:
        yield Finding("note", "demo mode", "on: its log-ins are public knowledge")


def data_directory(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Finding("wrong", "data", f"{folder} cannot be written: set DESK_DATA_DIR")
        return
    free = shutil.disk_usage(existing).free
    verdict: Verdict = "ok" if free > MIN_FREE_BYTES else "wrong"
    yield Finding(verdict, "data", f"{folder}, {free / 2**30:.1f} GiB free")


async def servers(urls: ServerUrls, *, runs: bool) -> list[Finding]:
    return [
        *[finding async for finding in database(urls.database_url)],
        *[finding async for finding in valkey(urls.redis_url, runs=runs)],
        await attachments(),
    ]


async def database(url: str) -> AsyncIterator[Finding]:
    async with AsyncExitStack() as stack:
        with answers(url):
            await stack.enter_async_context(database_pool(url, size=1))
        version = int(await fetch_value("SHOW server_version_num"))
        verdict: Verdict = "ok" if version >= MIN_POSTGRES_VERSION else "wrong"
        yield Finding(verdict, "database", f"PostgreSQL {version // 10_000}.{version % 10_000}")
        drift = abs((wall_clock.now() - await fetch_value("SELECT now()")).total_seconds())
        if drift > MAX_CLOCK_DRIFT:
            yield Finding("wrong", "time", f"the database's clock differs by {drift:.0f} s")
        present = None if await is_empty() else await schema_head()
        if present == newest_migration():
            yield Finding("ok", "schema", str(present))
            yield await outbox()
        else:
            yield Finding("wrong", "schema", f"at {present or 'nothing'}: run service-desk migrate")


async def outbox() -> Finding:
    """Whether messages wait for another attempt, and above all for us to mend our settings."""
    row = await fetch_one(
        "SELECT count(*) OVER () AS count, error, starts_with(error, $1) AS ours FROM outbox "
        "WHERE state = 'queued' AND attempts > 0 AND channel <> 'webhook' AND error IS NOT NULL "
        "ORDER BY ours DESC, id DESC LIMIT 1",
        WRONG_SETTINGS,
    )
    if row is None:
        return Finding("ok", "messages", "none waits for another attempt")
    verdict: Verdict = "wrong" if row["ours"] else "note"
    says = f"{row['count']} wait for another attempt. {row['error']}"
    return Finding(verdict, "messages", " ".join(says.split()))


async def attachments() -> Finding:
    """Whether what customers send can be kept: by keeping something."""
    key = storage.new_key()
    try:
        await storage.put(key, b"service-desk doctor")
        await storage.read(key)
        await storage.remove([key])
    except storage.StorageError as error:
        says = str(error).partition("\n")[0]
        return Finding("wrong", "attachments", f"cannot be kept ({says}): see ATTACHMENTS_URL")
    return Finding("ok", "attachments", "can be kept")


async def valkey(url: str, *, runs: bool) -> AsyncIterator[Finding]:
    client = make_client(url)
    try:
        await client.ping()  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]
        yield Finding("ok", "valkey", "answers")
        if await client.exists(WORKER_HEARTBEAT):
            yield Finding("ok", "worker", "at work")
        else:
            verdict: Verdict = "wrong" if runs else "note"
            yield Finding(verdict, "worker", "none runs: service-desk up, or service-desk worker")
    except (RedisError, OSError, TimeoutError) as error:
        yield Finding("wrong", "valkey", f"does not answer ({error}): see REDIS_URL")
    finally:
        await client.aclose()
