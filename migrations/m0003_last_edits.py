"""Who last changed what: a save that was overtaken names them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigSerial, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

ID = "2026-11-30T21:00:03:000000"
VERSION = "1.38.0"
DESCRIPTION = "Last edits"


class Staff(Table):
    """As far as this refers to it."""

    id = BigSerial(primary_key=True)


class LastEdit(Table):
    id = BigSerial(primary_key=True)
    thing = Varchar(100)
    field = Varchar(60)
    staff = ForeignKey(Staff, on_delete=OnDelete.set_null)
    at = Timestamptz()

    last_edit_unique = Unique(["thing", "field"])


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    name, tablename = LastEdit.__name__, LastEdit._meta.tablename
    manager.add_table(name, tablename)
    for column in LastEdit._meta.columns:
        manager.add_column(
            name,
            tablename,
            column._meta.name,
            column_class=type(column),
            params=column._meta.params,
        )
    for constraint in LastEdit._meta.constraints:
        manager.add_constraint(
            name,
            tablename,
            constraint._meta.name,
            constraint_class=type(constraint),
            params=constraint._meta.params,
        )
    return manager
