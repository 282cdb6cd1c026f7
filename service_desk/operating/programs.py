"""`service-desk web` and `service-desk worker`: one process of each; start as many as needed."""

import importlib
import socket
import sys
from typing import Any

import click

from service_desk.commands import desk_servers
from service_desk.embedded.server import ServerError
from service_desk.operating.reloading import require_local
from service_desk.settings import DEFAULT_PORT, Settings, get_settings

GRACE_SECONDS = 5  # for requests in progress; event streams are cut

held_option = click.option(
    "--held", is_flag=True, hidden=True, help="Wait until standard input ends, then begin."
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--dev", is_flag=True, hidden=True, help="Show errors in the browser.")
@held_option
def web(host: str, port: int, dev: bool, held: bool) -> None:
    """Run one web process: pages, REST, webhooks."""
    import uvicorn

    from service_desk.logs import configure_logs

    check_port_free(host, port)
    configure_logs()
    with desk_servers():
        settings = get_settings()
        if dev:
            require_local(host, settings.public_url)
        app = importlib.import_module("service_desk.app").create_app(debug=dev)
        wait_for_release(held)
        uvicorn.run(app, host=host, port=port, **server_options(settings, dev=dev))


@click.command()
@held_option
def worker(held: bool) -> None:
    """Run one worker process: clocks, outbox, revisits, ladders, drafts."""
    from service_desk.logs import configure_logs

    configure_logs()
    with desk_servers():
        program = importlib.import_module("workers.__main__")
        wait_for_release(held)
        program.main()


def wait_for_release(held: bool) -> None:
    """`service-desk up` closes our standard input when the database is ready."""
    if held:
        sys.stdin.read()


def server_options(settings: Settings, *, dev: bool = False) -> dict[str, Any]:
    """Options of uvicorn. By default it trusts what any caller on this machine says of itself."""
    return {
        "loop": "uvloop",
        "http": "httptools",
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
