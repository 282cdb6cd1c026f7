from pathlib import Path

from tests.operating.desk import run


def test_again_changes_nothing(migrated_dir: Path) -> None:
    done = run(migrated_dir, "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The database is at 20")
