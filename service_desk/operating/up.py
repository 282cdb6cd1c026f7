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
from service_desk.operating.listening import check_port_free
from service_desk.operating.process_supervisor import ProcessSupervisor, Program, print_line
from service_desk.operating.reloading import reloading, require_local
from service_desk.settings import DEFAULT_PORT, Settings, get_settings

READY_SECONDS = 60.0


@click.command()
@click.option("--demo", is_flag=True, help="Sample data, logins, the handset, a movable clock.")
@click.option("--dev", is_flag=True, help="Restart on changed sources; show errors in the browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535))
def up(demo: bool, dev: bool, host: str, port: int) -> None:
    """Run a whole desk: database, Valkey, web and worker.

    Data is kept in DESK_DATA_DIR. DATABASE_URL and REDIS_URL, where set, replace the database and
    Valkey that come with the desk. Stop it with Ctrl-C.
    """
    settings = get_settings()
    check_port_free(host, port)
    if dev:
        require_local(host, public_url(port))
    with ExitStack() as undo:
        servers = undo.enter_context(
            Servers(
                settings.data_dir,
                postgres=not settings.database_url,
                valkey=not settings.redis_url,
                role="up",
                demo=demo or settings.demo,
            )
        )
        environ = child_environment(settings, servers, demo, port)
        programs = [
            program("web", "--host", host, "--port", str(port), environ=environ, dev=dev),
            program("worker", environ=environ, dev=dev),
        ]
        for each in programs:
            undo.callback(each.stop)
            each.start()
        # They import the application meanwhile.
        prepare = ["demo-data", "--migrate"] if demo else ["migrate"]
        output = run_once(*prepare, environ=environ)
        for each in programs:
            each.release()
        supervisor = ProcessSupervisor([*servers.all, *programs])
        supervisor.stop_on_signals()
        supervisor.run(ReadyNotice(environ["PUBLIC_URL"], host, port, output if demo else "").check)
        print_line("desk", "stopping")
    print_line("desk", "stopped")


def child_environment(
    settings: Settings, servers: Servers, demo: bool, port: int
) -> dict[str, str]:
    """The environment of web, worker and the commands that prepare the database."""
    return os.environ | {
        "DATABASE_URL": settings.database_url or servers.database_url,
        "REDIS_URL": settings.redis_url or servers.redis_url,
        "PUBLIC_URL": public_url(port),
        "DESK_DATA_DIR": str(settings.data_dir.absolute()),
        "DESK_DEMO": "1" if demo or settings.demo else "",
        "PYTHONUNBUFFERED": "1",
    }


def public_url(port: int) -> str:
    return os.environ.get("PUBLIC_URL") or f"http://127.0.0.1:{port}"


def program(name: str, *options: str, environ: dict[str, str], dev: bool) -> Program:
    """`service-desk web` or `worker`, held until the database is ready."""
    command = desk_command_line(name, "--held", *options)
    if dev:
        command = reloading([*command, *(["--dev"] if name == "web" else [])])
    return Program(name, command, environ, held=True)


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
    """Announces once that the desk is ready, or after a minute what it lacks."""

    def __init__(self, public_url: str, host: str, port: int, logins: str) -> None:
        self.host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked, not bound
        self.port = port
        self.text = f"Service Desk is ready: {public_url}\n{logins}".rstrip()
        self.until = time.monotonic() + READY_SECONDS
        self.announced = False

    def check(self) -> None:
        if self.announced:
            return
        error = self._readiness_error()
        if error is None:
            self._announce(self.text)
        elif time.monotonic() > self.until:
            self._announce(f"Not ready after {READY_SECONDS:.0f} s: {error}")

    def _readiness_error(self) -> str | None:
        """None if the desk is ready, else why it is not."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            body = response.read(2000).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        finally:
            connection.close()
        return None if response.status == 200 else body

    def _announce(self, text: str) -> None:
        self.announced = True
        for line in text.splitlines():
            print_line("desk", line)
