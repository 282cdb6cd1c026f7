from pathlib import Path

from tests.operating.desk import run


def test_running_it_again_changes_nothing(migrated_dir: Path) -> None:
    done = run(migrated_dir, "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The database is at 20")


def test_check_without_a_database(tmp_path: Path) -> None:
    done = run(tmp_path / "data", "migrate", "--check")
    assert (done.returncode, done.stdout) == (0, "Tables and migrations agree.\n")
    assert not (tmp_path / "data").exists()
