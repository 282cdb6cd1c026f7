"""Answers that never arrived; phrases that are harmless. (Their index, and the checks: the next file.)"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Boolean

ID = "2026-11-30T21:00:05:000000"
VERSION = "1.38.0"
DESCRIPTION = "Answers that never arrived"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    params = Boolean(default=False)._meta.params
    manager.add_column("Outbox", "outbox", "counted", column_class=Boolean, params=params)
    manager.add_column("SafetyWord", "safety_word", "harmless", column_class=Boolean, params=params)
    return manager
