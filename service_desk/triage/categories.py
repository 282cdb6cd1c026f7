"""The category tree: suggestions for the intake, which caches it, and choices for forms."""

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.rows import list_rows
from service_desk.rules.words.categories import CategoryNode, suggest_category
from service_desk.tables import Category

# A category of the second level comes right after its parent.
_TREE_IN_ORDER = """
SELECT c.code, c.name_en, c.name_zh, p.code AS parent
FROM category c LEFT JOIN category p ON p.id = c.parent
ORDER BY coalesce(p.id, c.id), c.parent NULLS FIRST, c.id
"""

_tree: list[CategoryNode] = []


async def suggested_category(body: str) -> str | None:
    """The code of the category whose keywords are in `body`, for an agent to confirm."""
    if not _tree:
        columns = {
            "en": Category.name_en,
            "zh": Category.name_zh,
            "parent": Category.parent.code,
        }
        _tree.extend(await list_rows(CategoryNode, Category, columns=columns, order_by=Category.id))
    suggestion = suggest_category(body, _tree)
    return None if suggestion is None else suggestion.code


def clear_category_cache() -> None:
    """After an edit of the tree."""
    _tree.clear()


class CategoryChoice(Struct, frozen=True):
    """`parent`: its code; None on the first level."""

    code: str
    name_en: str
    name_zh: str
    parent: str | None


async def category_tree() -> list[CategoryChoice]:
    return await fetch_as(CategoryChoice, _TREE_IN_ORDER)
