"""A backup is worth what its restore brings back.

Backed up and restored by commands of their own; what surrounds it runs in this process.
"""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from service_desk.operating.backup import plain_url
from tests.command_line import Done
from tests.operating.desk import run, run_here

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
    assert "1 attachments are restored" in put.stdout
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
    refused = await run_on_desk("restore", "desk.tar", given="n\n")
    assert refused.code == 1
    assert (await run_on_desk(*TOKEN)).code == 0


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "attachments/../../x", "/etc/passwd"])
async def test_a_file_that_is_no_backup_is_refused(
    tmp_path: Path, urls: dict[str, str], name: str
) -> None:
    file = tmp_path / "bad.tar"
    with tarfile.open(file, "w") as archive:
        for each in ("database.dump", name):
            archive.addfile(tarfile.TarInfo(each), io.BytesIO())
    done = await run_here(tmp_path / "data", "restore", "--yes", str(file), **urls)
    assert done.code == 1
    assert done.stderr == f"Error: {file} is not a backup of a desk (unexpected names).\n"


def test_the_password_stays_off_the_command_line() -> None:
    assert (
        plain_url("postgresql://desk:p%40ss@db.example:5433/desk?sslmode=require")
        == "postgresql://desk@db.example:5433/desk?sslmode=require"
    )
    assert plain_url("postgresql://[::1]/desk") == "postgresql://[::1]/desk"
