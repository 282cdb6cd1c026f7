"""The category tree as the intake sees it, read once per process."""

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.rules.words.categories import CategoryNode, suggest_category

_tree: list[CategoryNode] = []


async def suggested_category(text: str) -> str | None:
    """The code of the category whose keywords are in the text, for an agent to confirm."""
    if not _tree:
        _tree.extend(
            await fetch_as(
                CategoryNode,
                "SELECT c.code, c.name_en AS en, c.name_zh AS zh, p.code AS parent, c.keywords "
                "FROM category c LEFT JOIN category p ON p.id = c.parent ORDER BY c.id",
            )
        )
    suggestion = suggest_category(text, _tree)
    return None if suggestion is None else suggestion.code


def clear_category_cache() -> None:
    """After the tree was edited."""
    _tree.clear()


class CategoryChoice(Struct, frozen=True):
    """A category; one of the second level comes right after its parent."""

    code: str
    name_en: str
    name_zh: str
    parent: str | None


async def category_tree() -> list[CategoryChoice]:
    return await fetch_as(
        CategoryChoice,
        "SELECT c.code, c.name_en, c.name_zh, p.code AS parent FROM category c "
        "LEFT JOIN category p ON p.id = c.parent "
        "ORDER BY coalesce(p.id, c.id), c.parent NULLS FIRST, c.id",
    )
