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


def test_an_unfinished_cluster_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "postgres.new/base").mkdir(parents=True)
    server = PostgresServer(tmp_path, port=None, password="secret", fast=True)
    server.start()
    try:
        server.wait_ready()
        assert not (tmp_path / "postgres.new").exists()
    finally:
        server.stop()


async def test_the_password_is_required(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path, port=None, password="secret", fast=True)
    server.start()
    try:
        server.wait_ready()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url.replace("secret", "guess"))
        connection = await asyncpg.connect(server.url)
        assert await connection.fetchval("SHOW data_checksums") == "on"
        await connection.close()
    finally:
        server.stop()


def test_a_failed_start_is_reported_with_its_reason(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path, port=None, password="secret", fast=True)
    server.prepare()
    (server.folder / "postgresql.conf").write_text("no_such_setting = 1\n")
    server.start()
    with pytest.raises(ServerError, match=r"postgres did not start: .*no_such_setting"):
        server.wait_ready()
    server.stop()
