"""What a new desk starts with: the schema, and the shipped policies and categories."""

from collections.abc import Sequence
from datetime import datetime

from service_desk.database import (
    DB,
    database_pool,
    fetch,
    report_connection_errors,
    to_json,
    transaction,
)
from service_desk.migrating import migrate, schema_head
from service_desk.rules.policies.policies import SHIPPED_POLICIES
from service_desk.rules.words.categories import CATEGORIES, CategoryNode

# Batches; a desk keeps what it has.
INSERT_POLICIES = """
INSERT INTO policy_version (name, version, position, body, created_at)
SELECT name, 1, position, body, $3
FROM unnest($1::text[], $2::jsonb[]) WITH ORDINALITY AS shipped (name, body, position)
WHERE NOT EXISTS (SELECT FROM policy_version) ON CONFLICT DO NOTHING
"""
INSERT_CATEGORIES = """
INSERT INTO category (code, name_en, name_zh, parent, keywords)
SELECT c.code, c.en, c.zh, parent.id, ARRAY(SELECT jsonb_array_elements_text(c.keywords))
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[])
    WITH ORDINALITY AS c (code, en, zh, parent, keywords, position)
LEFT JOIN category parent ON parent.code = c.parent
ORDER BY c.position ON CONFLICT (code) DO NOTHING
"""


async def upgrade_database(database_url: str, now: datetime) -> str:
    """Schema and shipped policies to this release; the id of the newest migration."""
    DB.config = {"dsn": database_url}
    with report_connection_errors(database_url):
        await install(now)
    async with database_pool(size=1):
        return await schema_head() or "nothing"


async def install(now: datetime) -> None:
    """Migrate, and fill empty tables. Running it again changes nothing."""
    await migrate()
    async with database_pool(size=1):
        await load_shipped(now)


async def load_shipped(now: datetime) -> None:
    """The shipped policies and categories, unless the desk has its own already."""
    async with transaction():
        await fetch(
            INSERT_POLICIES,
            [policy.name for policy in SHIPPED_POLICIES],
            list(SHIPPED_POLICIES),
            now,
        )
        await insert_categories([category for category in CATEGORIES if not category.parent])
        await insert_categories([category for category in CATEGORIES if category.parent])


async def insert_categories(level: Sequence[CategoryNode]) -> None:
    """Those whose code the desk does not have. Their parents must be there: insert level by level.

    Imports, which meet unknown categories, insert them here too."""
    await fetch(
        INSERT_CATEGORIES,
        [category.code for category in level],
        [category.en for category in level],
        [category.zh for category in level],
        [category.parent for category in level],
        [to_json(category.keywords) for category in level],
    )
