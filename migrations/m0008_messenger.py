"""When a customer last wrote by Messenger, which decides whether we may write to them there."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Timestamptz

ID = "2026-11-30T23:00:08:300000"
VERSION = "1.38.0"
DESCRIPTION = "Writing to Messenger"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_column(
        "Customer",
        "customer",
        "handle_wrote_at",
        column_class=Timestamptz,
        params=Timestamptz(null=True, default=None)._meta.params,
    )
    return manager
