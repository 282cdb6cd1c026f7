"""Each decision record has the same short form, and its number in file name and title."""

import re
from pathlib import Path

import pytest

DECISIONS = sorted((Path(__file__).parents[1] / "docs" / "decisions").glob("*.md"))
SECTIONS = ["Status", "Context", "Decision"]
STATUS = r"## Status\n\nAccepted [0-9]{4}-[0-9]{2}-[0-9]{2}\.(\sSpecified\sin\s(?s:.+?)\.)?\n\n##"


def test_no_number_is_given_twice() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers) > 0


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name[:4])
def test_form(path: Path) -> None:
    """Consequences are optional: what is not plain from the decision itself."""
    text = path.read_text(encoding="utf-8")
    title = re.match(r"# ([0-9]{4}) \S", text)
    assert title is not None
    assert path.name.startswith(f"{title[1]}-")
    assert re.findall("^#+ (.*)$", text, re.MULTILINE)[1:] in (
        SECTIONS,
        [*SECTIONS, "Consequences"],
    )
    assert re.search(STATUS, text)
