"""One name means one thing: no two modules declare a class or a type of the same name."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = [path for top in ("service_desk", "workers") for path in (ROOT / top).rglob("*.py")]


def test_a_class_or_type_is_declared_once() -> None:
    places = defaultdict[str, list[str]](list)
    for path in CODE:
        for name in declared(ast.parse(path.read_text(encoding="utf-8"))):
            places[name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def declared(module: ast.Module) -> set[str]:
    """Its classes and type aliases; type variables, of one letter, are private to their module."""
    names = {node.name for node in module.body if isinstance(node, ast.ClassDef)}
    names |= {
        node.targets[0].id
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    return {name for name in names if is_camel_case(name.lstrip("_"))}


def is_camel_case(name: str) -> bool:
    return len(name) > 1 and name[0].isupper() and not name.isupper()
