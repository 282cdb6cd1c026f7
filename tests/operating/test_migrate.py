from pathlib import Path

from tests.operating.desk import run_here


async def test_running_it_again_changes_nothing(tmp_path: Path, urls: dict[str, str]) -> None:
    done = await run_here(tmp_path / "data", "migrate", **urls)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith("The database is at 20")


async def test_check_without_a_database(tmp_path: Path) -> None:
    done = await run_here(tmp_path / "data", "migrate", "--check")
    assert (done.code, done.stdout) == (0, "Tables and migrations agree.\n")
    assert not (tmp_path / "data").exists()
