"""`service-desk up`: a whole desk in one command."""

import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import click

from service_desk.embedded import Servers
from service_desk.embedded.server import ServerError, child_command
from service_desk.operating.programs import check_port_free
from service_desk.operating.supervisor import ProcessSupervisor, Program, print_line
from service_desk.settings import DEFAULT_PORT, Settings, get_settings

READY_SECONDS = 60.0


@click.command()
@click.option("--demo", is_flag=True, help="Sample data, log-ins, the handset, a movable clock.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535))
def up(demo: bool, host: str, port: int) -> None:
    """Run a whole desk: database, Valkey, web and worker.

    Data is kept in DESK_DATA_DIR. DATABASE_URL and REDIS_URL, where set, replace the database and
    Valkey that come with the desk. Stop it with Ctrl-C.
    """
    settings = get_settings()
    check_port_free(host, port)
    with ExitStack() as undo:
        servers = undo.enter_context(
            Servers(
                settings.data_dir,
                postgres=not settings.database_url,
                valkey=not settings.redis_url,
                role="up",
            )
        )
        environ = child_environment(settings, servers, demo, port)
        run_once("migrate", environ=environ)
        log_ins = run_once("demo-data", environ=environ) if demo else ""
        programs = [
            Program("web", desk_command_line("web", "--host", host, "--port", str(port)), environ),
            Program("worker", desk_command_line("worker"), environ),
        ]
        supervisor = ProcessSupervisor([*servers.all, *programs])
        supervisor.stop_on_signals()
        for program in programs:
            undo.callback(program.stop)
            program.start()
        supervisor.run(ReadyNotice(environ["PUBLIC_URL"], host, port, log_ins).look)
        print_line("desk", "stopping")
    print_line("desk", "stopped")


def child_environment(
    settings: Settings, servers: Servers, demo: bool, port: int
) -> dict[str, str]:
    """What web and worker are told."""
    return os.environ | {
        "DATABASE_URL": settings.database_url or servers.database_url,
        "REDIS_URL": settings.redis_url or servers.redis_url,
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or f"http://127.0.0.1:{port}",
        "DESK_DATA_DIR": str(settings.data_dir.absolute()),
        "DESK_DEMO": "1" if demo or settings.demo else "",
        "PYTHONUNBUFFERED": "1",
    }


def run_once(*arguments: str, environ: dict[str, str]) -> str:
    """Run a `service-desk` command to its end; its progress is shown, its output returned."""
    done = subprocess.run(
        child_command(desk_command_line(*arguments), signal.SIGTERM),
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"The desk did not start: `service-desk {' '.join(arguments)}` failed.")
    return done.stdout


def desk_command_line(*arguments: str) -> list[str]:
    """The command line of another `service-desk`, of this very installation."""
    return [sys.executable, "-P", "-m", "service_desk.cli", *arguments]


class ReadyNotice:
    """Says once that the desk is ready, or after a minute what it lacks."""

    def __init__(self, public_url: str, host: str, port: int, log_ins: str) -> None:
        self.host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        self.port = port
        self.text = f"Service Desk is ready: {public_url}\n{log_ins}".rstrip()
        self.until = time.monotonic() + READY_SECONDS
        self.said = False

    def look(self) -> None:
        if self.said:
            return
        answer = self._ask()
        if answer is None:
            self._say(self.text)
        elif time.monotonic() > self.until:
            self._say(f"Not ready after {READY_SECONDS:.0f} s: {answer}")

    def _ask(self) -> str | None:
        """None if the desk is ready, else why it is not."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            said = answer.read(2000).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        finally:
            connection.close()
        return None if answer.status == 200 else said

    def _say(self, text: str) -> None:
        self.said = True
        for line in text.splitlines():
            print_line("desk", line)
