"""The database of a backup: dumped from one snapshot, loaded beside, then put in place at once.

A dump is first loaded into a PostgreSQL of our own in a temporary folder, where its rows are
counted and it is brought to this release. Only what came out well there goes into the desk's
database, in one transaction: it is replaced as a whole or stays as it was. Servers from 15 on take
it; what the newest pg_dump writes and they do not know is left out.
"""

import asyncio
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from msgspec import Struct

from service_desk.embedded import Servers
from service_desk.embedded.postgres import postgres_binary
from service_desk.embedded.server import ServerError
from service_desk.migrating import APPLIED, IS_EMPTY, LOCK

LOCK_SECONDS = 5
HEAD_LINES = 60
UNKNOWN_TO_OLDER_SERVERS = ("SET transaction_timeout",)  # before 17

TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

# Everything in the schema, not only what the backup knows: a newer release had more tables.
CLEAR = f"""
BEGIN;
SET LOCAL lock_timeout = '{LOCK_SECONDS}s';
SELECT pg_advisory_xact_lock({LOCK});
DO $$
DECLARE statement text;
BEGIN
    FOREACH statement IN ARRAY ARRAY(
        SELECT format('DROP %s IF EXISTS public.%I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW'
            WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname)
        FROM pg_class c WHERE relnamespace = 'public'::regnamespace
            AND relkind IN ('r', 'p', 'v', 'm', 'S')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid
                AND d.deptype IN ('e', 'a', 'i') AND d.classid = 'pg_class'::regclass)
    ) || ARRAY(
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend d
            WHERE d.objid = p.oid AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass)
    ) LOOP
        EXECUTE statement;
    END LOOP;
END $$;
"""
COUNTED = """
DO $$ BEGIN
    IF (SELECT count(*) FROM public."{table}") <> {rows} THEN
        RAISE EXCEPTION 'table {table} does not have its {rows} rows';
    END IF;
END $$;
"""


class Dumped(Struct, frozen=True):
    """What a dump has: rows of each table, the migrations, and the server it is of."""

    rows: Mapping[str, int]
    migrations: list[str]
    postgres: str


async def dump_database(database_url: str, file: Path) -> Dumped:
    """Write pg_dump's custom format, of the very snapshot that is counted."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            options = ["--format=custom", f"--snapshot={snapshot}", f"--file={file}"]
            await asyncio.to_thread(run_tool, "pg_dump", options, database_url)
            return await _dumped(connection)
    finally:
        await connection.close()


async def other_sessions(database_url: str) -> int:
    """How many others are connected to the database."""
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(OTHERS)
    finally:
        await connection.close()


async def inspect(database_url: str) -> Dumped:
    """The present content of the database."""
    connection = await asyncpg.connect(database_url)
    try:
        return await _dumped(connection)
    finally:
        await connection.close()


async def _dumped(connection: asyncpg.Connection) -> Dumped:
    names = sorted(row["relname"] for row in await connection.fetch(TABLES))
    rows = {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for name in names}
    empty = await connection.fetchval(IS_EMPTY)
    applied = [] if empty else await connection.fetch(APPLIED)
    version = connection.get_server_version()
    return Dumped(rows, sorted(row["name"] for row in applied), f"{version.major}.{version.minor}")


def load_beside(dump: Path, servers: Servers, folder: Path) -> None:
    """Load the dump into an empty database of our own. Raises ClickException."""
    script = folder / "beside.sql"
    run_tool("pg_restore", [*_WHOLE, f"--file={script}", str(dump)], servers.database_url)
    _run_script(script, servers.database_url, folder)


def replace_database(source_url: str, content: Dumped, target_url: str, folder: Path) -> None:
    """Put the content of one database in the place of another's, all or nothing."""
    plain, script = folder / "content.sql", folder / "replace.sql"
    run_tool("pg_dump", [*_WHOLE, f"--file={plain}"], source_url)
    with plain.open(encoding="utf-8") as lines, script.open("w", encoding="utf-8") as target:
        target.write(CLEAR)
        target.writelines(for_older_servers(lines))
        target.write("".join(COUNTED.format(table=t, rows=n) for t, n in content.rows.items()))
        target.write("COMMIT;\nANALYZE;\n")
    plain.unlink()
    _run_script(script, target_url, folder)


def for_older_servers(lines: Iterator[str]) -> Iterator[str]:
    """A script of the newest pg_dump without the settings of its head that are too new."""
    for number, line in enumerate(lines):
        if number > HEAD_LINES or not line.startswith(UNKNOWN_TO_OLDER_SERVERS):
            yield line


_WHOLE = ("--no-owner", "--no-privileges")


def _run_script(script: Path, database_url: str, folder: Path) -> None:
    run_tool("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script)], database_url)
    script.unlink()


def run_tool(program: str, arguments: Sequence[str], database_url: str) -> None:
    """Run a PostgreSQL client program; it gets the password by environment, not command line."""
    url = urlsplit(database_url)
    environ = os.environ | {"PGPASSWORD": unquote(url.password or "")}
    command = [str(postgres_binary(program)), *arguments]
    if program != "pg_restore":
        command.append(plain_url(database_url))
    done = subprocess.run(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise ServerError(f"{program} failed: {_reason(done.stderr)}")


def _reason(output: str) -> str:
    if "lock timeout" in output:
        return "the desk is at work on this database. Stop its web and worker processes first."
    return output.strip()


def plain_url(database_url: str) -> str:
    """The URL as libpq reads it, without the password."""
    url = urlsplit(database_url)
    user = f"{url.username}@" if url.username else ""
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname or ""
    port = f":{url.port}" if url.port else ""
    options = "&".join(f"{name}={value}" for name, value in parse_qsl(url.query))
    return f"postgresql://{user}{host}{port}{url.path}" + (f"?{options}" if options else "")
