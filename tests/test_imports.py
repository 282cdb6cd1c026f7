"""Who may import whom, and who may ask the time: the rules of docs/architecture.md, checked."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
RULES = sorted((ROOT / "service_desk/rules").rglob("*.py"))
CODE = sorted(path for top in ("service_desk", "workers") for path in (ROOT / top).rglob("*.py"))

# The libraries of public holidays are data; one small module may look into them.
HOLIDAYS = {"public_holidays.py": {"holidays", "chinese_calendar"}}
CLOCK_READERS = {"now", "today", "utcnow"}
SQL = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "TRUNCATE ")


def test_contracts_of_the_linter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_rules_import_the_standard_library_msgspec_and_themselves(path: Path) -> None:
    allowed = sys.stdlib_module_names | {"msgspec"} | HOLIDAYS.get(path.name, set())
    strange = [
        name
        for name in imported(path)
        if name.split(".")[0] not in allowed and not name.startswith("service_desk.rules")
    ]
    assert strange == []


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_rules_never_ask_the_time(path: Path) -> None:
    assert [call for call in calls(path) if call.split(".")[-1] in CLOCK_READERS] == []
    assert "time" not in imported(path)


def test_only_the_clock_reads_the_wall_clock() -> None:
    readers = {
        str(path.relative_to(ROOT)): call
        for path in CODE
        for call in calls(path)
        if call in {"datetime.now", "datetime.utcnow", "date.today", "datetime.today"}
    }
    assert readers == {"service_desk/wall_clock.py": "datetime.now"}


@pytest.mark.parametrize("folder", ["workers", "service_desk/intake"])
def test_no_sql_in(folder: str) -> None:
    found = [
        (path.name, text)
        for path in (ROOT / folder).rglob("*.py")
        for text in strings(path)
        if text.lstrip().startswith(SQL)
    ]
    assert found == []


def test_no_file_is_much_longer_than_300_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in CODE}
    assert {name: length for name, length in lengths.items() if length > 330} == {}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def calls(path: Path) -> Iterator[str]:
    """Names of what is called, as written: `datetime.now`, `time`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            yield ast.unparse(node.func)


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
