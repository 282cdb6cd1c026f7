"""PgBouncer in transaction mode: it is noticed, and the desk works."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from service_desk import engine
from service_desk.database import (
    DB,
    database_pool,
    fetch,
    fetch_value,
    set_json_codec,
    snapshot,
    transaction,
)
from service_desk.embedded.server import free_port
from service_desk.engine import lends_servers
from service_desk.migrating import migrate, newest_migration, schema_head
from service_desk.operating.checks import check_database
from service_desk.operating.readiness import readiness
from service_desk.tables.staff import Staff
from tests.databases import database_of_its_own
from tests.factories import make_ticket
from tests.operating.desk import run_here

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/bin")


async def test_a_server_of_ones_own_is_no_pooler(database: str) -> None:
    assert not await lends_servers({"dsn": database})
    assert not DB.lent


@asynccontextmanager
async def pgbouncer(database: str, folder: Path, servers: int) -> AsyncGenerator[str]:
    """The URL of the database behind it. It does not run as root."""
    url, port = urlsplit(database), free_port(0)
    folder.chmod(0o755)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={url.hostname} port={url.port} user={url.username} "
        f"password='{url.password}'\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = any\npool_mode = transaction\n"
        f"default_pool_size = {servers}\nignore_startup_parameters = extra_float_digits\n"
    )
    settings.chmod(0o644)
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(
        PGBOUNCER or "", "-q", *user, str(settings), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield url._replace(netloc=f"{url.username}@127.0.0.1:{port}").geturl()
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def pool_at(url: str) -> AsyncGenerator[None]:
    """The desk's own, in place of the tests'."""
    pool, config = DB.pool, DB.config
    DB.pool, DB.config = None, {"dsn": url}
    try:
        await DB.start_pool(size=4, command_timeout=5, init=set_json_codec)
        yield
    finally:
        await DB.close_pool()
        DB.pool, DB.config, DB.command_timeout, DB.lent = pool, config, None, False


async def work() -> None:
    """Each kind of statement, all at once."""

    async def ask(number: int) -> None:
        assert await fetch_value("SELECT $1::int + 1", number) == number + 1
        assert await fetch_value("SELECT $1::jsonb", {"a": [number]}) == {"a": [number]}
        assert await Staff.count() == 0
        async with transaction():
            await fetch("SELECT pg_advisory_xact_lock($1)", number % 3)
            assert await fetch_value("SELECT $1::text", "inside") == "inside"
        async with snapshot():
            assert await fetch_value("SELECT count(*) FROM staff") == 0

    await asyncio.gather(*(ask(number) for number in range(40)))
    with pytest.raises(asyncpg.DivisionByZeroError):
        await fetch_value("SELECT 1 / $1::int", 0)
    with pytest.raises(asyncpg.UniqueViolationError):
        await fetch("INSERT INTO category SELECT * FROM category LIMIT 1")
    number = (await make_ticket("It leaks")).number
    await fetch_value("SELECT 1")
    assert await fetch_value("SELECT count(*) FROM ticket WHERE number = $1", number) == 1


async def test_statements_as_transactions(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a pooler, on a server without one."""

    async def always(_: object) -> bool:
        return True

    monkeypatch.setattr(engine, "lends_servers", always)
    async with pool_at(desk):
        assert DB.lent
        await work()


@pytest.mark.skipif(PGBOUNCER is None, reason="PgBouncer is not installed")
@pytest.mark.parametrize("size", [1, 3])
async def test_behind_pgbouncer(desk: str, tmp_path: Path, size: int) -> None:
    async with pgbouncer(desk, tmp_path, size) as url:
        await answering(url)
        assert await lends_servers({"dsn": url})
        async with pool_at(url):
            assert DB.lent
            await work()
            assert any("PgBouncer" in warning for warning in (await readiness()).warnings)
            (found,) = [one async for one in check_database(url) if one.subject == "pooler"]
            assert found.verdict == "note"


@pytest.mark.skipif(PGBOUNCER is None, reason="PgBouncer is not installed")
async def test_migrations_behind_pgbouncer(database: str, tmp_path: Path) -> None:
    async with pgbouncer(database, tmp_path, 3) as url, database_of_its_own(database) as own:
        await answering(url)
        DB.config = {"dsn": url.rsplit("/", 1)[0] + "/" + own.rsplit("/", 1)[1]}
        try:
            await asyncio.gather(migrate(), migrate())
            async with database_pool(own):
                assert await schema_head() == newest_migration()
        finally:
            DB.lent = False


async def answering(url: str) -> None:
    """Until it listens."""
    for _ in range(100):
        try:
            await (await asyncpg.connect(url, statement_cache_size=0)).close()
        except OSError:
            await asyncio.sleep(0.05)
        else:
            return
    pytest.fail("PgBouncer does not listen")


@pytest.mark.skipif(PGBOUNCER is None, reason="PgBouncer is not installed")
async def test_a_backup_does_not_go_through_it(database: str, tmp_path: Path) -> None:
    async with pgbouncer(database, tmp_path, 3) as url:
        await answering(url)
        addresses = {"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1"}
        done = await run_here(tmp_path / "data", "backup", str(tmp_path / "b.tar"), **addresses)
    assert (done.code, "address of PostgreSQL itself" in done.stderr) == (1, True)
