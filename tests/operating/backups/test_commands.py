"""A backup is worth what its restore brings back.

Backed up and restored by commands of their own; what surrounds it runs in this process.
"""

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from service_desk.embedded import Servers
from service_desk.embedded.locks import take_lock
from service_desk.embedded.postgres import postgres_binary
from service_desk.embedded.server import free_port, make_folder, server_user
from service_desk.operating.backups.archive import MANIFEST, Manifest
from service_desk.operating.backups.loading import for_older_servers, plain_url, run_tool
from tests.command_line import Done
from tests.operating.desk import run, run_here
from tests.profiles import NIGHTLY, in_depth

USER = ("create-user", "--email", "a@desk.example", "--name", "安娜", "--role", "agent")
TOKEN = ("create-token", "--user", "a@desk.example", "--scopes", "all")
PASSWORD = "correct horse battery staple\n"


@pytest.fixture
def empty(made_once: Path, tmp_path: Path) -> Path:
    """A data directory that was never migrated."""
    subprocess.run(["cp", "-a", made_once, tmp_path / "empty"], check=True)
    return tmp_path / "empty"


async def test_what_is_restored_is_what_was_backed_up(data_dir: Path, empty: Path) -> None:
    assert (await run_here(data_dir, *USER, given=PASSWORD)).code == 0
    (data_dir / "attachments/2026").mkdir(parents=True)
    (data_dir / "attachments/2026/照片.jpg").write_bytes(b"picture")

    made = run(data_dir, "backup", "desk.tar")
    assert (made.returncode, made.stderr) == (0, "")
    file = data_dir.parent / "desk.tar"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.glob("tmp*")] == []

    put = run(empty, "restore", "--yes", str(file))
    assert (put.returncode, put.stderr) == (0, "")
    assert "and 1 attachments are restored" in put.stdout
    assert (empty / "attachments/2026/照片.jpg").read_bytes() == b"picture"
    token = await run_here(empty, *TOKEN)
    assert token.code == 0
    assert len(token.stdout.split()) == 1


async def test_a_backup_is_replaced_by_force_only_and_a_desk_by_yes_only(
    tmp_path: Path, urls: dict[str, str]
) -> None:
    async def run_on_desk(*arguments: str, given: str = "") -> Done:
        return await run_here(tmp_path / "data", *arguments, given=given, **urls)

    file = tmp_path / "desk.tar"
    file.write_bytes(b"the only good one")
    refused = await run_on_desk("backup", "desk.tar")
    assert (refused.code, file.read_bytes()) == (1, b"the only good one")
    assert "--force" in refused.stderr
    assert (await run_on_desk("backup", "--force", "desk.tar")).code == 0
    assert tarfile.is_tarfile(file)

    assert (await run_on_desk(*USER, given=PASSWORD)).code == 0
    in_use = await run_on_desk("restore", "--yes", "desk.tar")
    assert in_use.code == 1
    assert "Stop the desk's web and worker processes" in in_use.stderr
    assert (await run_on_desk(*TOKEN)).code == 0


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x", "attachments/../../x", "/etc/passwd", ".", "attachments", "./x"]
)
async def test_a_file_that_is_no_backup_is_refused(
    tmp_path: Path, urls: dict[str, str], name: str
) -> None:
    file = tmp_path / "bad.tar"
    with tarfile.open(file, "w") as archive:
        for each in ("database.dump", name):
            archive.addfile(tarfile.TarInfo(each), io.BytesIO())
    done = await run_here(tmp_path / "data", "restore", "--yes", str(file), **urls)
    assert done.code == 1
    assert f"{file} is not a whole backup of a desk (it has something named “" in done.stderr


async def test_a_backup_that_was_cut_or_changed_is_refused_before_anything_is_touched(
    tmp_path: Path, urls: dict[str, str]
) -> None:
    picture = tmp_path / "data/attachments/a.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"picture")
    file, cut = tmp_path / "desk.tar", tmp_path / "cut.tar"
    assert (await run_here(tmp_path / "data", "backup", str(file), **urls)).code == 0
    with tarfile.open(file) as archive:
        ends = [member.offset for member in archive.getmembers()][1:]
    whole = file.read_bytes()
    for end in (*ends, ends[0] - 512, len(whole) // 2, 700, 10):
        cut.write_bytes(whole[:end])
        done = await run_here(tmp_path / "data", "restore", "--yes", str(cut), **urls)
        assert done.code == 1
        assert "is not a whole backup of a desk" in done.stderr
    cut.write_bytes(whole.replace(b"picture", b"picturE"))
    done = await run_here(tmp_path / "data", "restore", "--yes", str(cut), **urls)
    assert "attachments/a.jpg is not what was backed up" in done.stderr


def changed(file: Path, **fields: Any) -> Path:
    """A backup with another manifest; without one if there are no fields."""
    other = file.with_name("changed.tar")
    with tarfile.open(file) as source, tarfile.open(other, "w") as target:
        for member in source.getmembers():
            content = source.extractfile(member)
            assert content is not None
            if member.name != MANIFEST:
                target.addfile(member, content)
            elif fields:
                manifest = msgspec.json.decode(content.read(), type=Manifest)
                made = msgspec.json.encode(msgspec.structs.replace(manifest, **fields))
                member.size = len(made)
                target.addfile(member, io.BytesIO(made))
    return other


async def test_an_older_backup_goes_onto_a_newer_desk_and_a_newer_one_is_refused(
    data_dir: Path, empty: Path
) -> None:
    file = data_dir.parent / "old.tar"
    assert (await run_here(data_dir, "migrate")).code == 0
    assert (await run_here(data_dir, "backup", str(file))).code == 0
    newer = changed(file, migrations=["2999-01-01T00:00:00:000000"], release="9.9")
    refused = await run_here(empty, "restore", "--yes", str(newer))
    assert refused.code == 1
    assert "was made by a newer desk (release 9.9)" in refused.stderr
    fewer = changed(file, rows={"ticket": 5})
    refused = await run_here(empty, "restore", "--yes", str(fewer))
    assert "does not have the rows that its manifest names" in refused.stderr

    with Servers(empty, valkey=False, fast=True) as own:  # what the backup does not know
        later = "CREATE TABLE later (id int); CREATE VIEW seen AS SELECT * FROM later"
        run_tool("psql", ["-q", "-c", later], own.database_url)
    done = await run_here(empty, "restore", "--yes", str(changed(file)))
    assert (done.code, done.stderr) == (0, "")
    assert "made by a release without manifests" in done.stdout
    checked = await run_here(empty, "migrate", "--check")
    assert (checked.code, checked.stderr) == (0, "")


async def test_a_desk_at_work_is_named(tmp_path: Path, urls: dict[str, str]) -> None:
    file = tmp_path / "desk.tar"
    assert (await run_here(tmp_path / "data", "backup", str(file), **urls)).code == 0
    busy = tmp_path / "busy"
    busy.mkdir()
    lock = take_lock(busy / "owner.lock")
    assert lock is not None
    os.pwrite(lock, b"4711 up\n", 0)
    try:
        done = await run_here(busy, "restore", "--yes", str(file))
    finally:
        os.close(lock)
    assert done.code == 1
    assert f"A desk runs on {busy} (process 4711). Stop it first" in done.stderr


SERVERS = {  # the wheel has two majors, packages of the system may have others
    "16": postgres_binary("postgres", "16").parent,
    "18": postgres_binary("postgres", "18").parent,
    **{path.parent.name: path for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))},
    **{
        path.parent.name: path
        for path in Path(os.environ.get("DESK_TEST_POSTGRESQL", "/nowhere")).glob("*/bin")
    },
}


@contextmanager
def postgresql(major: str) -> Generator[str]:
    """A server as its package comes, with a role that owns its database and nothing else; the
    URL."""
    binaries, port = SERVERS[major], free_port(0)
    outer = Path(tempfile.mkdtemp())  # pytest's folders are closed to the servers' user
    outer.chmod(0o755)
    folder = outer / "server"
    make_folder(folder)
    uid, gid = server_user(folder) or (None, None)

    def run_program(*command: str | Path) -> None:
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, user=uid, group=gid)

    run_program(
        binaries / "initdb", "-D", folder, "-U", "root", "-A", "trust", "-E", "UTF8",
        "--locale", "C", "--no-sync",
    )  # fmt: skip
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
    control = (binaries / "pg_ctl", "-D", folder, "-w")
    run_program(*control, "-o", options, "-l", folder / "log.txt", "start")
    try:
        admin = f"postgresql://root@127.0.0.1:{port}"
        for statement in ("CREATE ROLE desk LOGIN", "CREATE DATABASE desk OWNER desk"):
            subprocess.run(
                [postgres_binary("psql"), "-qc", statement, f"{admin}/postgres"], check=True
            )
        yield f"postgresql://desk@127.0.0.1:{port}/desk"
    finally:
        run_program(*control, "-m", "immediate", "stop")
        shutil.rmtree(outer)


@pytest.mark.nightly
@pytest.mark.parametrize("major", in_depth(sorted(SERVERS), ["16"]))
async def test_a_backup_moves_to_another_server_and_back(
    data_dir: Path, tmp_path: Path, urls: dict[str, str], major: str
) -> None:
    """By night every server, and what was changed there is backed up, restored and taken back."""
    await run_here(data_dir, *USER, given=PASSWORD)
    file, again = tmp_path / "desk.tar", tmp_path / "again.tar"
    assert (await run_here(data_dir, "backup", str(file))).code == 0
    other = tmp_path / "other"
    with postgresql(major) as url:
        there = {"DATABASE_URL": url, "REDIS_URL": urls["REDIS_URL"]}
        done = await run_here(other, "restore", "--yes", str(file), **there)
        assert (done.code, done.stderr) == (0, "")
        assert (await run_here(other, *TOKEN, **there)).code == 0
        if not NIGHTLY:
            return
        assert (await run_here(other, "backup", str(again), **there)).code == 0
        connection = await asyncpg.connect(url)
        tokens = len(await connection.fetch("DELETE FROM api_token RETURNING token_hash"))
        await connection.close()
        assert (await run_here(other, "restore", "--yes", str(again), **there)).code == 0
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT count(*) FROM api_token") == tokens > 0
        await connection.close()
    done = await run_here(data_dir, "restore", "--yes", str(again))
    assert (done.code, done.stderr) == (0, "")


def test_only_the_head_of_a_script_loses_what_older_servers_do_not_know() -> None:
    head = ["SET transaction_timeout = 0;\n", "SET lock_timeout = 0;\n"]
    data = ["row\n"] * 60 + ["SET transaction_timeout, said a customer\n"]
    assert list(for_older_servers(iter(head + data))) == head[1:] + data


def test_the_password_stays_off_the_command_line() -> None:
    assert (
        plain_url("postgresql://desk:p%40ss@db.example:5433/desk?sslmode=require")
        == "postgresql://desk@db.example:5433/desk?sslmode=require"
    )
    assert plain_url("postgresql://[::1]/desk") == "postgresql://[::1]/desk"
