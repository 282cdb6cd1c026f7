"""`--dev`: web and worker start again when a source file changes.

The watching is done by the watchfiles library's own command, one for each program. It is the
program's parent, so the data and the embedded servers keep running over a restart.
"""

import shlex
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from service_desk.embedded.server import ServerError

ROOT = Path(__file__).parent.parent.parent
SOURCES = ("service_desk", "workers", "migrations")  # code, templates, styles, translations
STOP_SECONDS = 5  # before a program that does not end is killed


def reloading(command: Sequence[str]) -> list[str]:
    """A command line that runs `command`, and runs it again after each change of the sources."""
    if find_spec("watchfiles") is None:
        raise ServerError("--dev needs the development requirements: `make dev` installs them.")
    return [
        *(sys.executable, "-P", "-m", "watchfiles", "--target-type", "command"),
        *("--sigint-timeout", str(STOP_SECONDS), shlex.join(command)),
        *(str(ROOT / folder) for folder in SOURCES),
    ]


def require_local(host: str, public_url: str) -> None:
    """Error pages with source code are for this machine only. Raises ServerError."""
    if not (_is_loopback(host) and _is_loopback(urlsplit(public_url).hostname or "")):
        raise ServerError(
            "--dev shows errors with their source code, so it serves this machine only: "
            "--host and PUBLIC_URL must be 127.0.0.1."
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
