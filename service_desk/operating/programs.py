"""`service-desk web` and `service-desk worker`: one process of each; start as many as needed."""

import importlib
import socket
from typing import Any

import click

from service_desk.commands import desk_servers
from service_desk.embedded.server import ServerError
from service_desk.settings import DEFAULT_PORT, Settings, get_settings

GRACE_SECONDS = 5  # for requests under way; event streams are cut


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535))
def web(host: str, port: int) -> None:
    """Run one web process: pages, REST, webhooks."""
    import uvicorn

    from service_desk.logs import configure_logs

    check_port_free(host, port)
    configure_logs()
    with desk_servers():
        uvicorn.run("service_desk.app:create_app", factory=True, host=host, port=port,
                    **server_options(get_settings()))  # fmt: skip


@click.command()
def worker() -> None:
    """Run one worker process: clocks, outbox, revisits, ladders, drafts."""
    from service_desk.logs import configure_logs

    configure_logs()
    with desk_servers():
        importlib.import_module("workers.__main__").main()


def server_options(settings: Settings) -> dict[str, Any]:
    """Of uvicorn. By itself it would believe whoever calls from this machine."""
    return {
        "loop": "uvloop",
        "http": "httptools",
        "access_log": False,
        "server_header": False,
        "log_config": None,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "proxy_headers": bool(settings.forwarded_allow_ips),
        "forwarded_allow_ips": settings.forwarded_allow_ips,
    }


def check_port_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServerError(
                f"Cannot listen on {host}, port {port} ({error.strerror}): "
                "another program has it, or it is not ours to use. Choose one with --port."
            ) from error
