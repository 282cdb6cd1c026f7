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

from service_desk.cli import read_env_file
from service_desk.commands import desk_servers

read_env_file(Path(".env"))
_open = ExitStack()
atexit.register(_open.close)
_urls = _open.enter_context(desk_servers())

# These read the settings, which are complete only now.
from service_desk.piccolo_conf import APP_REGISTRY, DB  # noqa: E402

__all__ = ["APP_REGISTRY", "DB"]

DB.config = {"dsn": _urls.database_url}
