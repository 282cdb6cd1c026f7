"""The category tree as the intake sees it, read once per process."""

from service_desk.database import fetch_as
from service_desk.rules.categories import Category, suggest_category

_tree: list[Category] = []


async def suggested_category(text: str) -> str | None:
    """The code of the category whose keywords are in the text, for an agent to confirm."""
    if not _tree:
        _tree.extend(
            await fetch_as(
                Category,
                "SELECT c.code, c.name_en AS en, c.name_zh AS zh, p.code AS parent, c.keywords "
                "FROM category c LEFT JOIN category p ON p.id = c.parent ORDER BY c.id",
            )
        )
    suggestion = suggest_category(text, _tree)
    return None if suggestion is None else suggestion.code


def forget_categories() -> None:
    """After the tree was edited."""
    _tree.clear()
