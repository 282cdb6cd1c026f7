"""A safety word is a phrase, and may be a shipped one that the desk does without."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Boolean, Varchar

ID = "2026-11-30T23:00:11:000000"
VERSION = "1.38.0"
DESCRIPTION = "Safety words follow the release"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    params = Boolean(default=False)._meta.params
    manager.add_column("SafetyWord", "safety_word", "removed", column_class=Boolean, params=params)
    manager.alter_column(
        table_class_name="SafetyWord",
        tablename="safety_word",
        column_name="word",
        db_column_name="word",
        params={"length": 2500},
        old_params={"length": 60},
        column_class=Varchar,
        old_column_class=Varchar,
    )
    return manager
