"""Suppliers and categories of a batch; the desk creates those it does not have."""

from collections.abc import Sequence
from datetime import datetime

from service_desk.database import fetch
from service_desk.imports.files.mapping import CategoryNames, ColumnMapping
from service_desk.imports.files.row_parsing import ImportedRow
from service_desk.installation import insert_categories
from service_desk.rules.words.categories import CategoryNode
from service_desk.settings import get_settings
from service_desk.triage.categories import clear_category_cache

INSERT_SUPPLIERS = """
INSERT INTO supplier (name, locale, contact_name, created_at)
SELECT name, $2, '', $3 FROM unnest($1::text[]) AS name
ON CONFLICT (name) DO NOTHING
"""
SUPPLIER_IDS = "SELECT id, name FROM supplier WHERE name = ANY($1::text[])"
CATEGORY_IDS = "SELECT id, code FROM category WHERE code = ANY($1::text[])"


async def suppliers_of(rows: Sequence[ImportedRow], now: datetime) -> dict[str, int]:
    """Supplier ids by name."""
    names = sorted({row.supplier for row in rows if row.supplier})
    if not names:
        return {}
    await fetch(INSERT_SUPPLIERS, names, get_settings().locale, now)
    found = await fetch(SUPPLIER_IDS, names)
    return {row["name"]: row["id"] for row in found}


async def categories_of(rows: Sequence[ImportedRow], mapping: ColumnMapping) -> dict[str, int]:
    """Category ids by code. A category without a name in the mapping is named by its code."""
    codes = sorted({row.category for row in rows if row.category})
    known = await _known(codes)
    if missing := [code for code in codes if code not in known]:
        nodes = [_node(code, mapping) for code in missing]
        parents = sorted({node.parent for node in nodes if node.parent})
        await insert_categories([_node(code, mapping) for code in parents])
        await insert_categories(nodes)
        clear_category_cache()
        known = await _known(codes)
    return known


def _node(code: str, mapping: ColumnMapping) -> CategoryNode:
    names = mapping.categories.get(code) or CategoryNames(en=code, zh=code)
    return CategoryNode(code, names.en, names.zh, names.parent)


async def _known(codes: Sequence[str]) -> dict[str, int]:
    if not codes:
        return {}
    found = await fetch(CATEGORY_IDS, codes)
    return {row["code"]: row["id"] for row in found}
