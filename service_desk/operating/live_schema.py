"""Compares a live database with what the migrations make, and names each thing that differs.

What they make is found by running them on an empty database, in a temporary PostgreSQL of our own.
So there is no second description to keep up to date, and the live database is only read.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from service_desk.database import DB
from service_desk.embedded import Servers
from service_desk.migrating import migrate

Schema = Mapping[tuple[str, str, str], str]
"""(kind, table or "", name) of each thing, with its definition."""

# The index of a primary key or of a unique constraint is that constraint's.
SCHEMA = """
WITH things (kind, relation, name, definition) AS (
    SELECT 'table', '', relname::text, ''
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    UNION ALL
    SELECT 'column', c.relname, a.attname,
        format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
        || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
        AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'constraint', r.relname, o.conname, pg_get_constraintdef(o.oid)
    FROM pg_constraint o JOIN pg_class r ON r.oid = o.conrelid
    WHERE o.connamespace = current_schema()::regnamespace AND o.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION ALL
    SELECT 'index', r.relname, i.relname, pg_get_indexdef(i.oid)
        || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid: creating it was interrupted)' END
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class r ON r.oid = x.indrelid
    WHERE i.relnamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.oid
            AND o.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 'trigger', r.relname, t.tgname, pg_get_triggerdef(t.oid)
        || CASE WHEN t.tgenabled = 'D' THEN ' (disabled)' ELSE '' END
    FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid
    WHERE r.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
    UNION ALL
    SELECT 'function', '', p.proname, pg_get_functiondef(p.oid)
    FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e')
)
SELECT kind, relation, name,
    replace(definition, quote_ident(current_schema()) || '.', '') AS definition
FROM things
"""


async def schema_of(database_url: str) -> Schema:
    """What is in the connection's current schema."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(SCHEMA)
    finally:
        await connection.close()
    return {(row["kind"], row["relation"], row["name"]): row["definition"] for row in rows}


async def schema_of_migrations() -> Schema:
    """What the migrations make of an empty database. Takes seconds; no pool may be running."""
    assert DB.pool is None, "the migrations would run in the pool's database"
    config = DB.config
    with (
        TemporaryDirectory(prefix="service-desk-schema-") as folder,
        Servers(Path(folder), valkey=False, fast=True) as own,
    ):
        DB.config = {"dsn": own.database_url}
        try:
            await migrate()
        finally:
            DB.config = config
        return await schema_of(own.database_url)


def differences(wanted: Schema, present: Schema) -> Iterator[str]:
    """A sentence for each. Of a table that is missing or unknown, its columns are not named."""
    whole = {name for kind, _, name in wanted.keys() ^ present.keys() if kind == "table"}
    for thing in sorted(wanted.keys() | present.keys()):
        kind, table, name = thing
        label = f"{kind} {table}.{name}" if table else f"{kind} {name}"
        if table in whole or wanted.get(thing) == present.get(thing):
            continue
        if thing not in present:
            yield f"{label} is missing"
        elif thing not in wanted:
            yield f"{label} is not of this release"
        else:
            yield f"{label} is {present[thing]}, and should be {wanted[thing]}"
