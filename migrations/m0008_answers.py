"""Answers that wait for a gateway count once they are sent. (Index and checks: the next file.)"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Boolean

ID = "2026-11-30T23:00:08:000000"
VERSION = "1.38.0"
DESCRIPTION = "Answers that wait for a gateway"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    params = Boolean(default=False)._meta.params
    manager.add_column("Outbox", "outbox", "counts_once_sent", column_class=Boolean, params=params)
    return manager
