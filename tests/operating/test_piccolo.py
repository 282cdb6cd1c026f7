"""`piccolo`, run in the repository's root without any environment, works on the desk."""

import subprocess
import sys
from pathlib import Path

from service_desk.tables import TABLES
from tests.operating.desk import environ

ROOT = Path(__file__).parent.parent.parent


def test_a_new_migration_has_nothing_to_do(data_dir: Path) -> None:
    printed = piccolo(data_dir, "migrations", "new", "service_desk", "--auto")
    assert "No changes detected" in printed


def test_check_lists_what_was_applied(migrated_dir: Path) -> None:
    printed = piccolo(migrated_dir, "migrations", "check")
    assert "| The tables" in printed
    assert "| True" in printed
    assert "| False" not in printed


def test_schema_reads_the_database(data_dir: Path) -> None:
    """An empty one: with our tables Piccolo takes 20 seconds."""
    assert "Table" in piccolo(data_dir, "schema", "generate")


def test_the_shell_knows_the_tables(migrated_dir: Path) -> None:
    given = "print((await Staff.count()), len([Staff, Ticket, Outbox]))\n"
    printed = piccolo(migrated_dir, "shell", "run", given=given)
    assert all(f"- {table.__name__}\n" in printed for table in TABLES)
    assert "0 3" in printed


def piccolo(data_dir: Path, *arguments: str, given: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "piccolo.main", *arguments],
        cwd=ROOT,
        env=environ(data_dir, IPYTHONDIR=str(data_dir.parent)),
        input=given,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
