"""Notifications of clocks' levels, and of what suppliers' ladders propose."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigSerial, ForeignKey, OnDelete
from piccolo.table import Table

from service_desk.database import DB

ID = "2026-11-30T23:00:08:200000"
VERSION = "1.38.0"
DESCRIPTION = "Notifications of levels and of proposals"


class Supplier(Table):
    id = BigSerial(primary_key=True)


class StaffAlert(Table):
    id = BigSerial(primary_key=True)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    for name, column in (
        ("supplier", ForeignKey(Supplier, on_delete=OnDelete.restrict)),
        ("alert", ForeignKey(StaffAlert, on_delete=OnDelete.restrict, index=True)),
    ):
        manager.add_column(
            "Notification",
            "notification",
            name,
            column_class=ForeignKey,
            params=column._meta.params,
        )
    manager.add_raw_backwards(_forget_levels)
    return manager


async def _forget_levels() -> None:
    """The release before shows these among the others, and counts them twice."""
    await DB.run_ddl("DELETE FROM notification WHERE kind = 'clock_level'")
