"""Connects the `piccolo` command, run in this folder, to this folder's desk.

    piccolo migrations new service_desk --auto
    piccolo migrations check
    piccolo schema generate
    piccolo shell run

Piccolo imports this file by its name. The configuration is service_desk/piccolo_app.py; added here
is a database: the one that the settings name, else that of a running desk, else the desk's own,
started for as long as the command takes. The service never imports this file.
"""

import atexit
from contextlib import ExitStack
from pathlib import Path

from service_desk.cli import read_env_file
from service_desk.commands import desk_servers

read_env_file(Path(".env"))
servers = ExitStack()
atexit.register(servers.close)
urls = servers.enter_context(desk_servers())

# After the servers: its engine reads the settings, which name the database only now.
from service_desk.piccolo_app import APP_REGISTRY, DB  # noqa: E402

__all__ = ["APP_REGISTRY", "DB"]

DB.config = {"dsn": urls.database_url}
