"""Tells Piccolo which tables there are and where their migrations live."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from service_desk.tables import TABLES

APP_CONFIG = AppConfig(
    app_name="service_desk",
    migrations_folder_path=str(Path(__file__).resolve().parent.parent / "migrations"),
    table_classes=list(TABLES),
    migration_dependencies=[],
)
