import re
from pathlib import Path

DECISIONS = sorted((Path(__file__).parents[1] / "docs" / "decisions").glob("*.md"))


def test_every_decision_is_titled_by_its_number() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers)
    for path in DECISIONS:
        title = re.match(r"# ([0-9]+)[.:]? ", path.read_text(encoding="utf-8"))
        assert title is not None, path.name
        assert path.name.startswith(f"{int(title[1]):04}-")
