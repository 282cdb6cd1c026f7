import subprocess
from pathlib import Path

import asyncpg
import pytest

from service_desk.embedded.postgres import ROLE_MARK, PostgresServer, postgres_binary
from service_desk.embedded.server import ServerError


def test_a_program_of_the_newest_version_is_found() -> None:
    result = subprocess.run(
        [postgres_binary("pg_dump"), "--version"], capture_output=True, text=True, check=True
    )
    assert "PostgreSQL) 18" in result.stdout


def test_data_of_another_version_is_an_error() -> None:
    with pytest.raises(ServerError, match=r"written by PostgreSQL 12.*restore with this one"):
        postgres_binary("postgres", "12")


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose cluster was made after a start that did not come to an end."""
    data_dir = tmp_path_factory.mktemp("made-again")
    (data_dir / "postgres.new/base").mkdir(parents=True)
    PostgresServer(data_dir, port=None, password="secret", fast=True).prepare()
    return data_dir


async def test_an_unfinished_cluster_is_made_again_and_the_password_required(
    made_again: Path,
) -> None:
    server = PostgresServer(made_again, port=None, password="secret", fast=True)
    server.start()
    try:
        server.wait_ready()
        assert not (made_again / "postgres.new").exists()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url.replace("secret", "guess"))
        connection = await asyncpg.connect(server.url)
        assert await connection.fetchval("SHOW data_checksums") == "on"
        await connection.close()
    finally:
        server.stop()


def test_a_failed_start_is_reported_with_its_reason(made_again: Path) -> None:
    server = PostgresServer(made_again, port=None, password="secret", fast=True)
    configuration = server.folder / "postgresql.conf"
    before = configuration.read_text()
    configuration.write_text("no_such_setting = 1\n")
    server.start()
    with pytest.raises(ServerError, match=r"postgres did not start: .*no_such_setting"):
        server.wait_ready()
    server.stop()
    configuration.write_text(before)


async def test_the_desks_role_runs_no_programs_and_reads_no_files(made_again: Path) -> None:
    server = PostgresServer(made_again, port=None, password="secret", fast=True)
    server.start()
    try:
        server.wait_ready()
        connection = await asyncpg.connect(server.url)
        for statement in (
            "COPY (SELECT 1) TO PROGRAM 'id'",
            "COPY pg_class FROM PROGRAM 'id'",
            "COPY (SELECT 1) TO '/tmp/x'",
            "SELECT pg_read_file('/etc/passwd')",
            "ALTER ROLE desk SUPERUSER",
            "ALTER SYSTEM SET log_statement = 'all'",
            "SET log_error_verbosity = verbose",
            "SELECT lo_import('/etc/passwd')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        await connection.close()
    finally:
        server.stop()


async def test_the_log_names_no_customers_data(made_again: Path) -> None:
    server = PostgresServer(made_again, port=None, password="secret", fast=True)
    server.start()
    try:
        server.wait_ready()
        connection = await asyncpg.connect(server.url)
        await connection.execute(
            "CREATE TEMP TABLE one (phone text PRIMARY KEY CHECK (phone <> ''), name text NOT NULL)"
        )
        insert = "INSERT INTO one VALUES ($1, $2)"
        await connection.execute(insert, "+8613812340777", "Wang")
        for values in (("+8613812340777", "Wang"), ("+8613812340777", None)):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="13812340777"):
                await connection.execute(insert, *values)
        with pytest.raises(asyncpg.UndefinedColumnError):
            await connection.execute("SELECT nothing FROM one WHERE phone = '+8613812340777'")
        await connection.close()
    finally:
        server.stop()
    log = server.log_path.read_text()
    assert "duplicate key value violates unique constraint" in log
    assert "13812340777" not in log
    assert "Wang" not in log


async def test_a_cluster_of_before_gives_up_its_superuser(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path, port=None, password="secret", fast=True)
    server.prepare()
    as_before = (
        "ALTER ROLE desk RENAME TO desk_now\n"
        "CREATE ROLE other SUPERUSER\n"
        "SET SESSION AUTHORIZATION other\n"
        "ALTER ROLE postgres RENAME TO desk\n"
        "RESET SESSION AUTHORIZATION\n"
        "ALTER ROLE desk LOGIN PASSWORD 'secret'\n"
        "ALTER DATABASE desk OWNER TO desk\n"
        "CREATE TABLE kept (id serial, name text)\n"
        "INSERT INTO kept (name) VALUES ('Wang')\n"
    )
    server._as_administrator("desk", as_before)  # pyright: ignore[reportPrivateUsage]
    (server.folder / ROLE_MARK).unlink()
    server.start()
    try:
        server.wait_ready()
        connection = await asyncpg.connect(server.url)
        assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = 'desk'")
        await connection.execute("INSERT INTO kept (name) VALUES ('Li')")
        await connection.execute("ALTER TABLE kept ADD COLUMN more int")
        assert await connection.fetchval("SELECT count(*) FROM kept") == 2
        await connection.close()
    finally:
        server.stop()
