import asyncio
import subprocess
import sys

import pytest
from piccolo.columns import Varchar
from piccolo.table import Table

from service_desk.migrating import (
    is_empty,
    migrate,
    missing_statements,
    newest_migration,
    schema_difference,
    schema_head,
)
from service_desk.piccolo_app import APP_CONFIG


def test_who_is_behind_is_said() -> None:
    assert "run service-desk migrate" in schema_difference(None, "2026-11-30")
    assert "run service-desk migrate" in schema_difference("2026-11-29", "2026-11-30")
    assert "newer release than this process" in schema_difference("2026-12-01", "2026-11-30")


async def test_any_number_may_migrate_at_once(desk: str) -> None:
    head = await schema_head()
    await asyncio.gather(*(migrate() for _ in range(3)))
    assert await schema_head() == head == newest_migration()
    assert not await is_empty()


async def test_a_table_without_a_migration_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgotten(Table):
        name = Varchar()

    monkeypatch.setattr(APP_CONFIG, "table_classes", [*APP_CONFIG.table_classes, Forgotten])
    missing = await missing_statements()
    assert "add_table" in missing[0]
    assert all("'Forgotten'" in statement for statement in missing), "and nothing else is"


def test_the_app_starts_without_what_only_migrations_need() -> None:
    code = "import service_desk.app, sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"black", "piccolo.apps.migrations"}.isdisjoint(done.stdout.split())
