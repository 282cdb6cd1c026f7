"""How a web process listens: on a free port, behind proxies that are named, when released."""

import socket
import sys
from typing import Any

from service_desk.embedded.server import ServerError
from service_desk.settings import Settings

GRACE_SECONDS = 5  # for requests in progress; event streams are cut


def wait_for_release(held: bool) -> None:
    """`service-desk up` closes our standard input when the database is ready."""
    if held:
        sys.stdin.read()


def server_options(settings: Settings, *, dev: bool = False) -> dict[str, Any]:
    """Options of uvicorn. By default it trusts what any caller on this machine says of itself."""
    return {
        "loop": "uvloop",
        "access_log": False,
        "server_header": False,
        "log_config": None,
        "timeout_graceful_shutdown": 1 if dev else GRACE_SECONDS,
        "proxy_headers": bool(settings.forwarded_allow_ips),
        "forwarded_allow_ips": settings.forwarded_allow_ips,
    }


def check_port_free(host: str, port: int) -> None:
    """Raises ServerError, before anything else is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServerError(
                f"Cannot listen on {host}, port {port} ({error.strerror}): another program uses "
                "it, or this user may not. Choose another with --port."
            ) from error
