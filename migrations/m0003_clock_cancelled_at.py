from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-21T18:21:14:660351"
VERSION = "1.38.0"
DESCRIPTION = "A clock can be cancelled"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)

    manager.drop_column(
        table_class_name="Clock",
        tablename="clock",
        column_name="breached_at",
        db_column_name="breached_at",
        schema=None,
    )

    manager.add_column(
        table_class_name="Clock",
        tablename="clock",
        column_name="cancelled_at",
        db_column_name="cancelled_at",
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
