from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import JSONB
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-21T22:56:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Which tickets an approved supplier action is flagged for"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)

    manager.add_column(
        table_class_name="SupplierAction",
        tablename="supplier_action",
        column_name="flagged_tickets",
        db_column_name="flagged_tickets",
        column_class_name="JSONB",
        column_class=JSONB,
        params={
            "default": "[]",
            "null": False,
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
