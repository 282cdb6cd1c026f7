"""Data directories that are copied rather than made for each test."""

import subprocess
from pathlib import Path

import pytest

from service_desk.embedded import Servers


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made-once") / "data"
    with Servers(folder, fast=True):
        pass
    (folder / "servers.json").unlink()
    return folder


@pytest.fixture(scope="module")
def data_dir(made_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests of a file: each starts and stops its own servers on it."""
    folder = tmp_path_factory.mktemp("copied") / "data"
    subprocess.run(["cp", "-a", made_once, folder], check=True)
    return folder
