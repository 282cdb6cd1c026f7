"""What an import ended by is kept with what fills it in, so that it can be read in any language."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import JSONB

ID = "2026-11-30T23:00:07:000000"
VERSION = "1.38.0"
DESCRIPTION = "Errors of imports, in the reader's language"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    params = JSONB(null=True, default=None)._meta.params
    manager.add_column("ImportRun", "import_run", "error_params", column_class=JSONB, params=params)
    return manager
