from pathlib import Path

import pytest
from piccolo.columns import Varchar
from piccolo.table import Table

from service_desk.operating.migrate import missing_statements
from service_desk.piccolo_app import APP_CONFIG
from tests.operating.desk import run


async def test_tables_and_migrations_agree() -> None:
    assert await missing_statements() == []


async def test_a_table_without_a_migration_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgotten(Table):
        name = Varchar()

    monkeypatch.setattr(APP_CONFIG, "table_classes", [*APP_CONFIG.table_classes, Forgotten])
    missing = await missing_statements()
    assert any("add_table" in statement and "Forgotten" in statement for statement in missing)


def test_again_changes_nothing(migrated_dir: Path) -> None:
    done = run(migrated_dir, "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The database is at 20")


def test_a_check_without_a_database(tmp_path: Path) -> None:
    done = run(tmp_path / "data", "migrate", "--check")
    assert (done.returncode, done.stdout) == (0, "Tables and migrations agree.\n")
    assert not (tmp_path / "data").exists()
