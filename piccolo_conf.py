"""Lets `piccolo`, run in this folder, work on this folder's desk. It needs no environment.

    piccolo migrations new service_desk --auto
    piccolo migrations check
    piccolo schema generate
    piccolo shell run

The database is the one that the settings name, else that of a running desk, else the desk's own,
started for as long as the command takes. The service itself never imports this file.
"""

import atexit
from contextlib import ExitStack
from pathlib import Path

from piccolo.conf.apps import AppRegistry

from service_desk.cli import read_env_file
from service_desk.commands import desk_servers

read_env_file(Path(".env"))
_open = ExitStack()
atexit.register(_open.close)
_urls = _open.enter_context(desk_servers())

from service_desk.database import DB  # noqa: E402 - it reads the settings, which are complete now

DB.config = {"dsn": _urls.database_url}
APP_REGISTRY = AppRegistry(apps=["service_desk.piccolo_app"])
