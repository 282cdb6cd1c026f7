"""Who may import whom, and who may ask the time: the rules of docs/architecture.md, checked."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

from service_desk.cli import COMMANDS

ROOT = Path(__file__).parent.parent
RULES = sorted((ROOT / "service_desk/rules").rglob("*.py"))
CODE = sorted(path for top in ("service_desk", "workers") for path in (ROOT / top).rglob("*.py"))

# The libraries of public holidays are data; one small module may look into them.
HOLIDAYS = {"public_holidays.py": {"holidays", "chinese_calendar"}}
GRAPH = grimp.build_graph("service_desk", "workers", include_external_packages=True)
CLOCK_READERS = {"now", "today", "utcnow"}
SQL = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|TRUNCATE|LOCK)\b")
WEB = {"click", "jinja2", "litestar", "uvicorn"}
# To start the pool and to know its errors is not to query.
NO_QUERIES = {
    "DATABASE_ERRORS",
    "WEB_STATEMENT_SECONDS",
    "database_pool",
    "report_connection_errors",
}
EDGE = re.compile(r"(.*_)?(api|commands|pages|webhooks?)")
ABOVE_EDGES = ("service_desk.app", "service_desk.cli", "service_desk.demo", "service_desk.rest")
CLI = "service_desk.cli"
MAX_FILES = 14  # in one room


def test_contracts_of_the_linter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0


def test_every_room_has_its_floor() -> None:
    (layers, *_) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    floors = set(chain.from_iterable(floor.split(" | ") for floor in layers["layers"]))
    rooms = {f"service_desk.{path.stem}" for path in (ROOT / "service_desk").iterdir()}
    assert floors == rooms - {"service_desk.__init__", "service_desk.__pycache__"} | {"workers"}


def test_commands_are_named_from_above() -> None:
    """The table of commands imports by strings, which the linter does not see."""
    (layers, *_) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    floors: list[str] = layers["layers"]
    under = chain.from_iterable(floor.split(" | ") for floor in floors[floors.index(CLI) + 1 :])
    below = tuple(f"{name}." for name in under)
    modules = [target.partition(":")[0] for target, _ in COMMANDS.values()]
    assert [module for module in modules if not f"{module}.".startswith(below)] == []


def test_nothing_else_imports_by_a_string() -> None:
    importers = {
        str(path.relative_to(ROOT))
        for path in CODE
        for call in calls(path)
        if call.split(".")[-1] in {"import_module", "__import__"}
    }
    assert importers == {"service_desk/cli.py"}


def test_no_two_rooms_import_each_other() -> None:
    """Folders inside a room are rooms too."""
    imports = {
        (room(importer), room(target))
        for importer in GRAPH.modules
        for target in GRAPH.find_modules_directly_imported_by(importer)
    }
    assert [(one, other) for one, other in imports if one < other and (other, one) in imports] == []


def test_no_room_is_crowded() -> None:
    rooms = {path.parent for path in CODE} - {ROOT / "service_desk"}
    crowded = {
        str(one.relative_to(ROOT)): files
        for one in rooms
        if (files := len([path for path in one.glob("*.py") if path.stem != "__init__"]))
        > MAX_FILES
    }
    assert crowded == {}


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_uses_the_database_does_not_know_of_the_web(path: Path) -> None:
    """Neither itself nor through anything that it imports. A transaction is use too: an edge calls
    one operation, and that opens it."""
    if not (holds_sql(path) or uses_the_database(path)):
        return
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    if module not in knowing_of_the_web():
        return
    chains = [GRAPH.find_shortest_chain(module, library) for library in WEB]
    assert [chain for chain in chains if chain] == []


def test_only_edges_and_what_starts_them_import_edges() -> None:
    edges = {name for name in GRAPH.modules if is_edge(name)}
    arrows = {
        (importer, name)
        for name in edges
        for importer in GRAPH.find_modules_that_directly_import(name)
        if importer not in edges and not importer.startswith(ABOVE_EDGES)
    }
    assert len(edges) > 40
    assert arrows == set()


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
    assert [path.name for path in (ROOT / folder).rglob("*.py") if holds_sql(path)] == []


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in CODE}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def room(module: str) -> str:
    """`service_desk.clocks.sweep` is in `service_desk.clocks`; a module beside the rooms is one."""
    folder = module if ROOT.joinpath(*module.split(".")).is_dir() else module.rpartition(".")[0]
    return module if folder == "service_desk" else folder


def holds_sql(path: Path) -> bool:
    """SQL as text, or by Piccolo's tables."""
    return any(SQL.match(text) for text in strings(path)) or any(
        name.startswith(("piccolo.", "service_desk.tables")) for name in imported(path)
    )


def uses_the_database(path: Path) -> bool:
    """It queries, writes, or has a transaction open."""
    of_database = {f"service_desk.database.{name}" for name in NO_QUERIES}
    return any(
        name.startswith(("service_desk.database", "service_desk.jobs", "service_desk.rows"))
        for name in {*imported_names(path)} - of_database
    )


@cache
def knowing_of_the_web() -> frozenset[str]:
    """Modules, all at once: to look for a chain from each takes far longer."""
    return frozenset(chain.from_iterable(map(GRAPH.find_downstream_modules, WEB)))


def is_edge(module: str) -> bool:
    """What a browser, a program, Twilio or a shell calls. commands.py beside the rooms is what
    they share."""
    return module.count(".") > 1 and bool(EDGE.fullmatch(module.rpartition(".")[2]))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text())))


def imported_names(path: Path) -> Iterator[str]:
    """With the module that each is of: `service_desk.database.fetch`."""
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


@cache
def calls(path: Path) -> tuple[str, ...]:
    """Names of what is called, as written: `datetime.now`, `time`."""
    return tuple(
        dotted(node.func)
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    )


def dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(value, attribute):
            return f"{dotted(value)}.{attribute}"
        case _:  # a call, an item: what is named after it is what counts
            return "..."


def strings(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
