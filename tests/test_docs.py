"""What the pages for newcomers name exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PART = r"[\w{},*-]+"
NAMED = re.compile(
    rf"`((?:{PART}/)*{PART}(?:/|\.(?:py|toml|md|po|html|js|css))|(?:{PART}/)+{PART})`"
)
LINKED = re.compile(r"\]\((?!https?:)([^)#\s]+)")


def alternatives(path: str) -> list[str]:
    """`rules/{clocks,policies}` names two."""
    braces = re.search(r"\{(.*?)\}", path)
    return [path.replace(braces[0], one) for one in braces[1].split(",")] if braces else [path]


def exists(path: str) -> bool:
    """From the root or from `service_desk/`; a name alone, anywhere in it."""
    pattern = path if "/" in path.rstrip("/") else f"**/{path}"
    return any((ROOT / "service_desk").glob(pattern)) or any(ROOT.glob(path))


@pytest.mark.parametrize("page", ["architecture.md", "where-is-what.md"])
def test_every_path_exists(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = [path for found in NAMED.findall(text) for path in alternatives(found)]
    assert len(named) > 20
    assert [path for path in named if not exists(path)] == []
    assert [path for path in LINKED.findall(text) if not (ROOT / "docs" / path).exists()] == []
