"""A backup is worth what its restore brings back."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from service_desk.operating.backup import plain_url
from tests.operating.desk import run

USER = ("create-user", "--email", "a@desk.example", "--name", "安娜", "--role", "agent")
PASSWORD = "correct horse battery staple\n"


def test_what_is_restored_is_what_was_backed_up(
    data_dir: Path, migrated_once: Path, tmp_path: Path
) -> None:
    """Into a directory that was never migrated."""
    empty, data_dir = data_dir, tmp_path / "full"
    subprocess.run(["cp", "-a", migrated_once, data_dir], check=True)
    assert run(data_dir, *USER, given=PASSWORD).returncode == 0
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
    token = run(empty, "create-token", "--user", "a@desk.example", "--scopes", "all")
    assert token.returncode == 0
    assert len(token.stdout.split()) == 1


def test_without_yes_it_asks_and_no_is_no(migrated_dir: Path) -> None:
    assert run(migrated_dir, "backup", "desk.tar").returncode == 0
    assert run(migrated_dir, *USER, given=PASSWORD).returncode == 0
    refused = run(migrated_dir, "restore", "desk.tar", given="n\n")
    assert refused.returncode == 1
    token = run(migrated_dir, "create-token", "--user", "a@desk.example", "--scopes", "all")
    assert token.returncode == 0


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "attachments/../../x", "/etc/passwd"])
def test_a_file_that_is_no_backup_is_refused(data_dir: Path, name: str) -> None:
    file = data_dir.parent / "bad.tar"
    with tarfile.open(file, "w") as archive:
        for each in ("database.dump", name):
            archive.addfile(tarfile.TarInfo(each), io.BytesIO())
    done = run(data_dir, "restore", "--yes", str(file))
    assert done.returncode == 1
    assert done.stderr == f"Error: {file} is not a backup of a desk (unexpected names).\n"


def test_the_password_stays_off_the_command_line() -> None:
    assert (
        plain_url("postgresql://desk:p%40ss@db.example:5433/desk?sslmode=require")
        == "postgresql://desk@db.example:5433/desk?sslmode=require"
    )
    assert plain_url("postgresql://[::1]/desk") == "postgresql://[::1]/desk"


def test_an_older_backup_is_replaced_by_force_only(migrated_dir: Path) -> None:
    file = migrated_dir.parent / "desk.tar"
    file.write_bytes(b"the only good one")
    refused = run(migrated_dir, "backup", "desk.tar")
    assert (refused.returncode, file.read_bytes()) == (1, b"the only good one")
    assert "--force" in refused.stderr
    assert run(migrated_dir, "backup", "--force", "desk.tar").returncode == 0
    assert tarfile.is_tarfile(file)
