"""The build hook and the lock files: third-party code is pinned by hash, and names no registry."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from hatch_build import ASSETS, VENDOR, digest, fetch_assets

ROOT = Path(__file__).parent.parent
REQUIREMENTS = ["requirements/run.txt", "requirements/dev.txt"]


def test_what_pages_load_is_installed() -> None:
    for name in ASSETS:
        assert (ROOT / VENDOR / name).stat().st_size > 100


def test_the_second_build_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("npm was called")

    monkeypatch.setattr("hatch_build.npm_ci", never)
    fetch_assets(ROOT)


def test_another_lock_file_is_another_digest(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    assert digest(tmp_path) == digest(ROOT)
    (tmp_path / "package-lock.json").write_text("{}")
    assert digest(tmp_path) != digest(ROOT)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_python_packages_are_pinned_by_hash_and_name_no_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-(i|f|-index|-find|-extra)", text, re.MULTILINE)
    entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_the_lock_has_all_requirements(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["build"]
    if "dev" in name:
        wanted += project["optional-dependencies"]["dev"]
    names = {re.split(r"[\[<>=~ ]", entry)[0].lower() for entry in wanted}
    locked = {
        line.split("==")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line
    }
    assert names <= locked


def test_npm_packages_are_pinned_by_hash_and_name_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    locked = {name: package for name, package in packages.items() if name}
    assert all("integrity" in package for package in locked.values())
    assert not any("resolved" in package for package in locked.values())
    assert {"node_modules/htmx.org", "node_modules/echarts"} <= set(locked)
