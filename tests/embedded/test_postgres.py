import subprocess
from pathlib import Path

import asyncpg
import pytest

from service_desk.embedded.postgres import PostgresServer, postgres_binary
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
