"""Processes that die are started again: real processes, really killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from service_desk.embedded.server import ServerError
from service_desk.operating.process_supervisor import (
    MAX_BACKOFF,
    MIN_BACKOFF,
    STABLE_SECONDS,
    WatchedProcess,
)
from tests.operating.desk import living
from tests.profiles import in_depth

DESK = """
import os, sys
from pathlib import Path
from service_desk.embedded import Servers
from service_desk.operating.process_supervisor import ProcessSupervisor, Program, print_line
with Servers(Path(sys.argv[1]), fast=False, role="up") as running:
    script = "import os, time; print('I am', os.getpid(), flush=True); time.sleep(60)"
    program = Program("sleeper", [sys.executable, "-c", script], os.environ)
    program.start()
    supervisor = ProcessSupervisor([*running.all, program])
    supervisor.stop_on_signals()
    print_line("desk", running.database_url + " " + running.redis_url)
    supervisor.run()
    program.stop()
print_line("desk", "stopped")
"""


@contextmanager
def desk(data_dir: Path) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", DESK, str(data_dir)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_until(process: subprocess.Popen[str], found: Callable[[str], bool]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found(line):
            return line
    raise AssertionError("the desk ended")


def child(pid: int, name: str) -> psutil.Process:
    """The one child of the desk with this in its command line; waits for it."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for process in psutil.Process(pid).children():
            try:
                if name in process.cmdline()[0]:
                    return process
            except (psutil.NoSuchProcess, psutil.ZombieProcess, IndexError):
                continue
        time.sleep(0.05)
    raise AssertionError(f"no {name}")


def test_what_is_killed_comes_back_and_a_programs_lines_carry_its_name(data_dir: Path) -> None:
    with desk(data_dir) as process:
        first = int(lines_until(process, lambda line: "I am" in line).split()[-1])
        for name in ("postgres", "valkey"):
            kill_server(process, name)
        os.kill(first, signal.SIGKILL)
        line = lines_until(process, lambda line: "I am" in line)
        assert line.startswith("sleeper  | I am")
        assert int(line.split()[-1]) != first


def kill_server(process: subprocess.Popen[str], name: str) -> None:
    first = child(process.pid, name)
    first.kill()
    lines_until(process, lambda line: line.startswith(name) and "starting again" in line)
    until = time.monotonic() + 20
    while (second := child(process.pid, name)).pid == first.pid:
        assert time.monotonic() < until
    assert second.is_running()


@pytest.mark.nightly
@pytest.mark.parametrize("number", in_depth([signal.SIGINT, signal.SIGTERM], [signal.SIGTERM]))
def test_a_signal_stops_everything_in_order(data_dir: Path, number: int) -> None:
    """SIGINT stops a whole desk in test_up.py."""
    with desk(data_dir) as process:
        lines_until(process, lambda line: "postgresql://" in line)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        lines_until(process, lambda line: "stopped" in line)
        assert process.wait(20) == 0
        assert living(family) == []
    assert not (data_dir / "postgres/postmaster.pid").exists()


STOPPING = """
from service_desk.operating.process_supervisor import ProcessSupervisor
supervisor = ProcessSupervisor([])
supervisor.stop_on_signals()
print("ready", flush=True)
supervisor.run()
"""


def test_signals_that_arrive_within_each_other_stop_it_too() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STOPPING], stdout=subprocess.PIPE, text=True
    ) as process:
        lines_until(process, lambda line: "ready" in line)
        while process.poll() is None:  # one after the other, until it ends
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)
        # The last ones may come when Python has given the signals back already.
        assert process.returncode in (0, -signal.SIGTERM, -signal.SIGINT)


def test_a_killed_supervisor_takes_its_processes_along(data_dir: Path) -> None:
    with desk(data_dir) as process:
        lines_until(process, lambda line: "I am" in line)
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        until = time.monotonic() + 20
        while living(family):
            assert time.monotonic() < until
            time.sleep(0.05)


class FailingProcess:
    """Fails to start that many times."""

    name = "failing"

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.running = False

    def start(self, timeout: float = 0) -> None:
        if self.failures:
            self.failures -= 1
            raise ServerError("not yet")
        self.running = True

    def is_running(self) -> bool:
        return self.running

    def stop(self) -> None:
        self.running = False


def test_the_backoff_grows_to_a_limit_and_is_reset_by_a_stable_run() -> None:
    watch = WatchedProcess(process := FailingProcess(failures=9), started_at=0.0)
    now = 0.0
    pauses: list[float] = []
    while not process.running:
        watch.check(now)
        if watch.start_at is not None:
            pauses.append(watch.start_at - now)
            now = watch.start_at
    assert pauses[:4] == pytest.approx([MIN_BACKOFF * factor for factor in (1, 2, 4, 8)])
    assert pauses[-1] == pytest.approx(MAX_BACKOFF)
    process.stop()
    watch.check(now + STABLE_SECONDS + 1)
    assert watch.start_at == pytest.approx(now + STABLE_SECONDS + 1 + MIN_BACKOFF)
