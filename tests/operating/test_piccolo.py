"""`piccolo`, run in the repository's root without any environment, works on the desk."""

import subprocess
import sys
from pathlib import Path

import pytest

from service_desk.tables import TABLES
from tests.operating.desk import environ, run_here
from tests.profiles import in_depth

ROOT = Path(__file__).parent.parent.parent
SEVERAL = """
import sys
from piccolo.main import main
for line in sys.argv[1:]:
    sys.argv = ["piccolo", *line.split()]
    main()
"""


@pytest.fixture(scope="module")
async def migrated_dir(data_dir: Path) -> Path:
    done = await run_here(data_dir, "migrate")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith("The database is at 20")
    return data_dir


@pytest.mark.nightly
def test_its_commands_work_on_the_desk(migrated_dir: Path) -> None:
    """Tables are generated from a few of PostgreSQL's: with ours it takes 20 seconds."""
    commands = (
        "migrations check",
        "migrations new service_desk --auto",
        "schema generate --schema_name=information_schema",
        "shell run",
    )
    given = "print((await Staff.count()), len([Staff, Ticket, Outbox]))\n"
    printed = piccolo(migrated_dir, *commands, given=given)
    assert "| The tables" in printed
    assert "| True" in printed
    assert "| False" not in printed
    assert "No changes detected" in printed
    assert "class SqlParts(Table" in printed
    assert all(f"- {table.__name__}\n" in printed for table in TABLES)
    assert "0 3" in printed


def piccolo(data_dir: Path, *commands: str, given: str) -> str:
    """What they print: each as a process of its own, or all in one."""
    each = [["-m", "piccolo.main", *command.split()] for command in commands]
    done = [
        subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environ(data_dir, IPYTHONDIR=str(data_dir.parent)),
            input=given,
            capture_output=True,
            text=True,
        )
        for arguments in in_depth(each, [["-c", SEVERAL, *commands]])
    ]
    assert [one.returncode for one in done] == [0] * len(done), [one.stderr for one in done]
    return "".join(one.stdout for one in done)
