"""`service-desk up` as people run it: a real, whole desk."""

import http.client
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from service_desk.embedded.server import free_port
from tests.operating.desk import command, environ, run

TIMEOUT = 60  # seconds; the machine may be busy


class Desk:
    def __init__(self, data_dir: Path, process: subprocess.Popen[str], port: int) -> None:
        self.data_dir, self.process, self.port = data_dir, process, port

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

    def child(self, *marks: str) -> psutil.Process | None:
        for process in psutil.Process(self.process.pid).children():
            try:
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if all(mark in line for mark in marks) and "child.py" not in line:
                return process
        return None


@contextmanager
def running_desk(data_dir: Path, *options: str, **more: str) -> Generator[Desk]:
    port = free_port(0)
    with subprocess.Popen(
        command("up", "--port", str(port), *options),
        env=environ(data_dir, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=data_dir,
    ) as process:
        try:
            yield Desk(data_dir, process, port)
        finally:
            process.kill()


def living(family: list[psutil.Process]) -> list[psutil.Process]:
    """Without zombies: orphans that nobody has waited for."""
    return [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk")) as desk:
        assert f"http://127.0.0.1:{desk.port}" in desk.wait_for("is ready")
        yield desk


@pytest.mark.parametrize(
    "marks",
    [
        ("service_desk.cli web",),
        ("service_desk.cli worker",),
        ("valkey-server",),
        ("bin/postgres",),
    ],
    ids=["web", "worker", "valkey", "postgres"],
)
def test_a_killed_process_comes_back_and_the_desk_is_ready(desk: Desk, marks: tuple[str]) -> None:
    before = desk.child(*marks)
    assert before is not None
    before.kill()
    until = time.monotonic() + TIMEOUT
    while (after := desk.child(*marks)) is None or after.pid == before.pid or not desk.is_ready():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_commands_work_while_it_runs(desk: Desk) -> None:
    user = ("--email", "a@desk.example", "--name", "安娜", "--role", "agent")
    made = run(desk.data_dir, "create-user", *user, given="correct horse battery staple\n")
    assert (made.returncode, made.stderr) == (0, "")


def test_a_second_desk_on_the_same_data_is_refused(desk: Desk) -> None:
    done = run(desk.data_dir, "up", "--port", str(free_port(0)))
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: A desk already runs on {desk.data_dir} (process {desk.process.pid}): "
        "stop it first, or set another DESK_DATA_DIR.\n"
    )


def test_a_port_in_use_is_an_error_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path / "data", "up", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: Cannot listen on 127.0.0.1, port {port} (")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_after_a_stop_nothing_is_left_and_it_starts_again(tmp_path: Path) -> None:
    for _ in range(2):
        with running_desk(tmp_path) as desk:
            desk.wait_for("is ready")
            family = psutil.Process(desk.process.pid).children(recursive=True)
            desk.process.send_signal(signal.SIGINT)
            desk.wait_for("stopped")
            assert desk.process.wait(TIMEOUT) == 0
            assert living(family) == []
