"""Code, migrations and a live database agree; the start can be undone, and migrated forward."""

# pyright: reportPrivateUsage=false
# Piccolo's own documentation uses _meta.

import importlib
import shutil
import sys
from collections.abc import Generator, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from piccolo.apps.migrations.commands.backwards import run_backwards
from piccolo.apps.migrations.commands.new import AutoMigrationManager
from piccolo.constraints import Check
from piccolo.table import Table

import migrations
from service_desk.database import database_pool, fetch, transaction
from service_desk.migrating import migrate, migration_ids, schema_head
from service_desk.operating.live_schema import Schema, differences, schema_of
from service_desk.piccolo_app import APP_CONFIG
from service_desk.tables import TABLES
from tests.databases import database_of_its_own
from tests.every_table import fill_every_table
from tests.factories import make_ticket

NOT_IN_TABLES = {("ticket", "search")}  # migrations/m0002_indexes_and_triggers.py says why

PRIORITY_ID = "2999-01-01T00:00:00:000000"
PRIORITY = f'''
"""The next migration, as Piccolo would write it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar

ID = "{PRIORITY_ID}"
VERSION = "1.38.0"
DESCRIPTION = "A ticket's priority"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_column(
        table_class_name="Ticket",
        tablename="ticket",
        column_name="priority",
        db_column_name="priority",
        column_class_name="Varchar",
        column_class=Varchar,
        params={{"length": 10, "default": "usual", "null": False}},
    )
    manager.rename_column(
        table_class_name="Ticket",
        tablename="ticket",
        old_column_name="product",
        new_column_name="model",
        old_db_column_name="product",
        new_db_column_name="model",
    )
    return manager
'''
INDEX_ID = "2999-01-01T00:00:01:000000"
INDEX = f'''
"""And one that a desk at work does not notice."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "{INDEX_ID}"
VERSION = "1.38.0"
DESCRIPTION = "Tickets by priority"


async def forwards():
    manager = MigrationManager(
        migration_id=ID,
        app_name="service_desk",
        description=DESCRIPTION,
        wrap_in_transaction=False,
    )
    manager.add_raw(make)
    manager.add_raw_backwards(undo)
    return manager


async def make():
    await DB.run_ddl("CREATE INDEX CONCURRENTLY ticket_priority_index ON ticket (priority, id)")


async def undo():
    await DB.run_ddl("DROP INDEX CONCURRENTLY ticket_priority_index")
'''


async def test_the_migrations_make_what_the_tables_say() -> None:
    with redirect_stdout(StringIO()):
        missing = await AutoMigrationManager(auto_input="n").get_alter_statements(APP_CONFIG)
    assert [statement for one in missing for statement in one.statements] == []


async def test_a_live_database_has_what_the_tables_say(database: str) -> None:
    """Asked without the migrations in between."""
    live = await schema_of(database)
    columns = {
        (table, name): " NOT NULL" in definition
        for (kind, table, name), definition in live.items()
        if kind == "column" and table != "migration" and (table, name) not in NOT_IN_TABLES
    }
    assert columns == {
        (table._meta.tablename, column._meta.db_column_name): not column._meta.null
        for table in TABLES
        for column in table._meta.columns
    }
    assert {thing for table in TABLES for thing in named_in(table)} - live.keys() == set()


async def test_the_checks_of_a_live_database_allow_what_the_tables_allow(desk: str) -> None:
    """A value that is new in rules/ needs a migration: those there are do not know it."""
    for table in TABLES:
        name = table._meta.tablename
        checks = {
            check._meta.name: check._meta.params["condition"]
            for check in table._meta.constraints
            if isinstance(check, Check)
        }
        if not checks:
            continue
        live = await conditions_of(name)
        async with transaction():
            await fetch(f"CREATE TEMP TABLE declared (LIKE {name}) ON COMMIT DROP")
            for check, condition in checks.items():
                await fetch(f"ALTER TABLE declared ADD CONSTRAINT {check} CHECK ({condition})")
            assert live == await conditions_of("declared"), name


async def conditions_of(table: str) -> dict[str, str]:
    rows = await fetch(
        "SELECT conname, pg_get_constraintdef(oid) AS condition FROM pg_constraint "
        "WHERE contype = 'c' AND conrelid = $1::text::regclass",
        table,
    )
    return {row["conname"]: row["condition"] for row in rows}


def named_in(table: type[Table]) -> Iterator[tuple[str, str, str]]:
    """Its constraints and the indexes of its columns, as the live schema names them."""
    tablename = table._meta.tablename
    for constraint in table._meta.constraints:
        yield "constraint", tablename, constraint._meta.name
    for column in table._meta.columns:
        if column._meta.index:
            yield "index", tablename, table._get_index_name([column._meta.db_column_name])


@pytest.mark.usefixtures("next_migrations")
async def test_a_filled_desk_goes_forward_and_back_and_all_the_way_down_and_up_again(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database_of_its_own(database) as url:
        await migrate_to_this_release(monkeypatch)
        start = await schema_of(url)
        async with database_pool(url):
            await fill_every_table()
            rows = await everything(start)
        assert [table for table, found in rows.items() if not found] == []
        assert len(rows) == len(TABLES)

        await migrate()
        async with database_pool(url):
            assert await schema_head() == INDEX_ID
            moved = await everything(await schema_of(url))
            assert {row.pop("priority") for row in moved["ticket"]} == {"usual"}
            for row in moved["ticket"]:
                row["product"] = row.pop("model")
            assert moved == rows
        changed = set(differences(start, await schema_of(url)))
        assert changed == {
            "column ticket.model is not of this release",
            "column ticket.priority is not of this release",
            "column ticket.product is missing",
            "index ticket.ticket_priority_index is not of this release",
        }

        await backwards(PRIORITY_ID)
        assert list(differences(start, await schema_of(url))) == []
        async with database_pool(url):
            assert await everything(start) == rows
            await make_ticket("One more, as before")

        await backwards("all")
        left = await schema_of(url)
        assert {name for kind, _, name in left if kind in ("table", "function")} == {"migration"}
        await migrate_to_this_release(monkeypatch)
        assert list(differences(start, await schema_of(url))) == []


async def migrate_to_this_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the next migrations."""
    with monkeypatch.context() as patched:
        patched.setattr(APP_CONFIG, "migrations_folder_path", str(MIGRATIONS))
        await migrate()


MIGRATIONS = Path(APP_CONFIG.resolved_migrations_folder_path)


@pytest.fixture
def next_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The migrations there are, and two that follow them."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "m9001_priority.py").write_text(PRIORITY)
    (folder / "m9002_priority_index.py").write_text(INDEX)
    monkeypatch.setattr(APP_CONFIG, "migrations_folder_path", str(folder))
    monkeypatch.setattr(migrations, "__path__", [str(folder)])
    migration_ids.cache_clear()
    monkeypatch.setattr(sys, "path", [*sys.path])  # Piccolo puts the folder in front
    for name in ("m9001_priority", "m9002_priority_index"):
        monkeypatch.setitem(sys.modules, name, None)  # so that ours is gone again afterwards
        del sys.modules[name]
    importlib.invalidate_caches()
    yield
    migration_ids.cache_clear()


async def backwards(migration_id: str) -> None:
    with redirect_stdout(StringIO()):
        result = await run_backwards("service_desk", migration_id, auto_agree=True)
    assert result.success


async def everything(schema: Schema) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but Piccolo's own."""
    tables = sorted(name for kind, _, name in schema if kind == "table" and name != "migration")
    return {
        table: sorted((dict(row) for row in await fetch(f"SELECT * FROM {table}")), key=repr)
        for table in tables
    }
