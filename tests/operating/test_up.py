"""`service-desk up` as people run it: a real, whole desk."""

import http.client
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import pytest

from service_desk import embedded
from service_desk.embedded.server import free_port
from service_desk.operating import reloading
from tests.operating.desk import command, environ, living, run_here
from tests.profiles import in_depth

TIMEOUT = 60  # seconds; the machine may be busy
SOURCE = Path(reloading.__file__).parent.parent / "web/templates/error.html"
WEB, WORKER = "service_desk.cli web", "service_desk.cli worker"


class Desk:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir, self.port = data_dir, free_port(0)
        self.start()

    def start(self, *options: str) -> None:
        self.options = options
        self.process = subprocess.Popen(
            command("up", "--port", str(self.port), *options),
            env=environ(self.data_dir),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.data_dir,
        )

    def end(self) -> None:
        with self.process:
            self.process.kill()

    def wait_for(self, text: str) -> str:
        assert self.process.stdout is not None
        seen: list[str] = []
        for line in self.process.stdout:
            seen.append(line)
            if text in line:
                return line
        raise AssertionError("".join(seen))

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def child(self, mark: str) -> psutil.Process | None:
        return with_mark(mark, psutil.Process(self.process.pid).children())

    def program(self, mark: str) -> psutil.Process | None:
        """Of a desk with `--dev`: the program itself, below the one that watches the files."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        return with_mark(mark, family, but="watchfiles")


def with_mark(
    mark: str, family: list[psutil.Process], but: str = "child.py"
) -> psutil.Process | None:
    for process in family:
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if mark in line and but not in line:
            return process
    return None


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + TIMEOUT
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    try:
        assert f"http://127.0.0.1:{desk.port}" in desk.wait_for("is ready")
        yield desk
    finally:
        desk.end()


@pytest.mark.nightly
@pytest.mark.parametrize(
    "mark",
    [WEB, *in_depth([WORKER], []), "valkey-server", "bin/postgres"],
)
def test_a_killed_process_comes_back_and_the_desk_is_ready(desk: Desk, mark: str) -> None:
    before = desk.child(mark)
    assert before is not None
    before.kill()
    wait_until(lambda: desk.child(mark) not in (None, before) and desk.is_ready())


async def test_commands_work_while_it_runs(desk: Desk) -> None:
    user = ("--email", "a@desk.example", "--name", "安娜", "--role", "agent")
    made = await run_here(
        desk.data_dir, "create-user", *user, given="correct horse battery staple\n"
    )
    assert (made.code, made.stderr) == (0, "")


async def test_a_second_desk_on_the_same_data_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "OWNER_EXIT_SECONDS", 0.1)
    done = await run_here(desk.data_dir, "up", "--port", str(free_port(0)))
    assert done.code == 1
    assert done.stderr == (
        f"Error: A desk already runs on {desk.data_dir} (process {desk.process.pid}): "
        "stop it first, or set another DESK_DATA_DIR.\n"
    )


async def test_a_port_in_use_is_an_error_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = await run_here(tmp_path / "data", "up", "--port", str(port))
    assert done.code == 1
    assert done.stderr.startswith(f"Error: Cannot listen on 127.0.0.1, port {port} (")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.nightly
def test_after_a_stop_nothing_is_left_and_it_starts_again(desk: Desk) -> None:
    """The last time for development, as the next test needs it."""
    for options in in_depth([[], ["--dev"]], [["--dev"]]):
        restart(desk, *options)


def test_a_touched_file_restarts_web_and_worker_but_not_the_servers(desk: Desk) -> None:
    if "--dev" not in desk.options:
        restart(desk, "--dev")
    postgres = desk.child("bin/postgres")
    web, worker = desk.program(WEB), desk.program(WORKER)
    SOURCE.touch()
    wait_until(
        lambda: (
            desk.program(WEB) not in (None, web)
            and desk.program(WORKER) not in (None, worker)
            and desk.is_ready()
        )
    )
    assert desk.child("bin/postgres") == postgres


def restart(desk: Desk, *options: str) -> None:
    family = psutil.Process(desk.process.pid).children(recursive=True)
    desk.process.send_signal(signal.SIGINT)
    desk.wait_for("stopped")
    assert desk.process.wait(TIMEOUT) == 0
    assert living(family) == []
    desk.end()
    desk.start(*options)
    desk.wait_for("is ready")
