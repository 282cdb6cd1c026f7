"""A data directory's servers: real processes, really killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from service_desk import embedded
from service_desk.embedded import (
    ServerError,
    Servers,
    reachable_servers,
    running_servers,
)
from tests.embedded.redis_client import connect

OWNER = """
import sys, time
from pathlib import Path
from service_desk.embedded import Servers
with Servers(Path(sys.argv[1]), fast=True, role=sys.argv[2]) as running:
    print(running.database_url, running.redis_url, flush=True)
    time.sleep(float(sys.argv[3]))
"""


def ask(url: str, query: str) -> object:
    async def inside() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    with asyncio.Runner() as runner:
        return runner.run(inside())


@contextmanager
def other_owner(
    data_dir: Path, role: str = "up", seconds: float = 60
) -> Generator[tuple[int, str]]:
    """Another process that owns the servers; its pid and the database's URL."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir), role, str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        yield process.pid, process.stdout.readline().split()[0]
        process.kill()


def wait_until_free(data_dir: Path) -> None:
    until = time.monotonic() + 20
    while running_servers(data_dir) is not None:
        assert time.monotonic() < until
        time.sleep(0.05)


def wait_until_written(data_dir: Path, value: bytes) -> None:
    """Valkey answers before its write goes out, where a sync of the disk is under way."""
    until = time.monotonic() + 20
    while not any(value in file.read_bytes() for file in data_dir.glob("valkey/*/*.aof")):
        assert time.monotonic() < until
        time.sleep(0.01)


async def test_data_is_kept_over_a_restart(data_dir: Path) -> None:
    with Servers(data_dir) as running:
        before = running.database_url
        await asyncio.to_thread(ask, running.database_url, "CREATE TABLE kept AS SELECT 42 AS n")
        with connect(running.redis_url) as client:
            client.set("kept", "yes")
    with Servers(data_dir) as running:
        assert running.database_url == before
        assert await asyncio.to_thread(ask, running.database_url, "SELECT n FROM kept") == 42
        with connect(running.redis_url) as client:
            assert client.get("kept") == b"yes"


def test_data_is_kept_over_kill_9_of_every_process(data_dir: Path) -> None:
    with Servers(data_dir) as running:
        ask(running.database_url, "CREATE TABLE more AS SELECT 43 AS n")
        with connect(running.redis_url) as client:
            client.set("more", "even -9")
            wait_until_written(data_dir, b"even -9")
        for server in running.all:
            assert server.process is not None
            server.process.kill()
    assert (data_dir / "postgres/postmaster.pid").exists()
    with Servers(data_dir) as running:
        assert ask(running.database_url, "SELECT n FROM more") == 43
        with connect(running.redis_url) as client:
            assert client.get("more") == b"even -9"


def test_a_stale_pid_file_of_a_living_process_is_ignored(data_dir: Path) -> None:
    with Servers(data_dir, fast=True, valkey=False):
        lines = (data_dir / "postgres/postmaster.pid").read_text().splitlines()
    lines[0] = "1"
    (data_dir / "postgres/postmaster.pid").write_text("\n".join(lines))
    with Servers(data_dir, fast=True, valkey=False) as running:
        assert running.all[0].is_ready()


def test_servers_end_with_a_killed_owner_and_start_again(data_dir: Path) -> None:
    with other_owner(data_dir) as (pid, url):
        assert ask(url, "SELECT 1") == 1
        os.kill(pid, signal.SIGKILL)
        with Servers(data_dir, fast=True) as running:
            assert ask(running.database_url, "SELECT 1") == 1


def test_two_data_directories_side_by_side(data_dir: Path, tmp_path: Path) -> None:
    """The other one with a long path, a space and Chinese in it."""
    other = tmp_path / ("售后 desk " + "x" * 90)
    with Servers(data_dir, fast=True) as one, Servers(other, fast=True) as two:
        ask(one.database_url, "CREATE TABLE mine ()")
        assert ask(two.database_url, "SELECT to_regclass('mine')") is None
        ports = {server.port for running in (one, two) for server in running.all}
        assert len(ports) == 4
        assert ask(two.database_url, "SELECT lower('É')") == "é"
        with connect(two.redis_url) as client:
            assert client.ping()


def test_others_find_the_running_servers(data_dir: Path) -> None:
    assert running_servers(data_dir) is None
    with other_owner(data_dir) as (_, url):
        found = running_servers(data_dir)
        assert found is not None
        assert found.database_url == url
        with reachable_servers(data_dir, "", "") as urls:
            assert urls == found


def test_a_second_desk_on_the_same_directory_is_refused(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "OWNER_EXIT_SECONDS", 0.1)
    with (
        other_owner(data_dir) as (pid, _),
        pytest.raises(ServerError, match=f"already runs on {data_dir} .process {pid}.: stop it"),
        Servers(data_dir, role="up"),
    ):
        pass


def test_a_desk_waits_for_a_command_to_finish(data_dir: Path) -> None:
    with (
        other_owner(data_dir, role="command", seconds=0.5),
        Servers(data_dir, fast=True, role="up") as running,
    ):
        assert ask(running.database_url, "SELECT 1") == 1


def test_a_command_keeps_its_servers_for_others_that_use_them(data_dir: Path) -> None:
    with other_owner(data_dir, role="command", seconds=0.3) as (pid, _):
        with reachable_servers(data_dir, "", "") as urls:
            time.sleep(0.6)
            assert ask(urls.database_url, "SELECT 1") == 1
        psutil.Process(pid).wait(20)


def test_nothing_runs_after_a_command(data_dir: Path) -> None:
    with reachable_servers(data_dir, "", "") as urls:
        assert ask(urls.database_url, "SELECT 1") == 1
    wait_until_free(data_dir)
    with pytest.raises(OSError, match="Connect call failed"):
        ask(urls.database_url, "SELECT 1")


def test_given_urls_start_nothing(tmp_path: Path) -> None:
    with reachable_servers(tmp_path, "postgresql://a", "redis://b") as urls:
        assert (urls.database_url, urls.redis_url) == ("postgresql://a", "redis://b")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(ServerError, match=r"file/data cannot be written .*set DESK_DATA_DIR"),
        Servers(tmp_path / "file/data"),
    ):
        pass


def test_a_port_in_use_is_left_alone(tmp_path: Path) -> None:
    with Servers(tmp_path / "a", fast=True, postgres=False) as one:
        (tmp_path / "b").mkdir()
        state = {"owner": 0, "postgres_port": 0, "valkey_port": one.all[0].port}
        (tmp_path / "b/servers.json").write_text(json.dumps(state))
        with Servers(tmp_path / "b", fast=True, postgres=False) as two:
            assert two.all[0].port != one.all[0].port
