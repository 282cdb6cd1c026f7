"""Data directories that are copied rather than made for each test."""

import subprocess
from pathlib import Path

import pytest

from tests.embedded.conftest import data_dir, made_once
from tests.operating.desk import run

__all__ = ["data_dir", "made_once"]


@pytest.fixture(scope="session")
def migrated_once(made_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated-once") / "data"
    subprocess.run(["cp", "-a", made_once, folder], check=True)
    done = run(folder, "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The database is at 20")
    return folder


@pytest.fixture
def migrated_dir(migrated_once: Path, tmp_path: Path) -> Path:
    subprocess.run(["cp", "-a", migrated_once, tmp_path / "data"], check=True)
    return tmp_path / "data"
