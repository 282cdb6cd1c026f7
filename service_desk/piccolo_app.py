"""The Piccolo configuration: our engine, our tables, and where their migrations live.

`PICCOLO_CONF` names this module, and Piccolo imports it where migrations run. Nothing else should:
Piccolo's app classes import a Python formatter, which takes a second.
"""

from pathlib import Path

from piccolo.conf.apps import AppConfig, AppRegistry

from service_desk.database import DB
from service_desk.tables import TABLES

__all__ = ["APP_CONFIG", "APP_REGISTRY", "DB"]

APP_CONFIG = AppConfig(
    app_name="service_desk",
    migrations_folder_path=str(Path(__file__).resolve().parent.parent / "migrations"),
    table_classes=list(TABLES),
    migration_dependencies=[],
)
APP_REGISTRY = AppRegistry(apps=[__name__])
