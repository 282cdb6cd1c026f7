from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-21T23:03:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "When a supplier action that was overturned had been approved"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)

    manager.add_column(
        table_class_name="SupplierAction",
        tablename="supplier_action",
        column_name="approved_at",
        db_column_name="approved_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    return manager
