"""Keeps the processes of a desk running: one that dies is started again, with growing pauses.

They are the embedded servers and our own programs. All of them end when this process does: in
order if it is asked to stop, at once if it is killed.
"""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, Protocol

from service_desk.embedded.server import ServerError, child_command

CHECK_SECONDS = 0.25
MIN_BACKOFF, MAX_BACKOFF = 0.1, 10.0  # seconds before a dead process is started again
STABLE_SECONDS = 30.0  # a process that ran this long starts from the shortest backoff again
STOP_SECONDS = 60.0  # a worker that is told to stop finishes what it is sending


class ManagedProcess(Protocol):
    name: str

    def start(self, timeout: float = 0) -> None: ...
    def is_running(self) -> bool: ...
    def stop(self) -> None: ...


class Program:
    """One of our programs as a child process; its output is passed on under its name.

    `held`: its standard input stays open until `release()`, and a program that is told to
    (`--held`) waits for that, with everything imported, before it begins.
    """

    def __init__(
        self, name: str, command: Sequence[str], environ: Mapping[str, str], *, held: bool = False
    ) -> None:
        self.name = name
        self.command = command
        self.environ = environ
        self.held = held
        self.process: subprocess.Popen[str] | None = None

    def start(self, timeout: float = 0) -> None:
        self.process = subprocess.Popen(
            child_command(self.command, signal.SIGTERM),
            stdin=subprocess.PIPE if self.held else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environ,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for us; we stop them in order
        )
        threading.Thread(
            target=forward_output, args=[self.name, self.process.stdout], daemon=True
        ).start()

    def release(self) -> None:
        self.held = False
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class WatchedProcess:
    process: ManagedProcess
    backoff: float = MIN_BACKOFF
    started_at: float = field(default_factory=time.monotonic)
    start_at: float | None = None  # set while the process is down

    def check(self, now: float) -> None:
        """Start the process again if it has died and its backoff is over."""
        if self.start_at is None:
            if self.process.is_running():
                return
            if now - self.started_at > STABLE_SECONDS:
                self.backoff = MIN_BACKOFF
            self._back_off(now, "ended")
        elif now >= self.start_at:
            try:
                self.process.start(timeout=0)
            except (ServerError, OSError) as error:
                self._back_off(now, str(error))
            else:
                self.start_at, self.started_at = None, now

    def _back_off(self, now: float, reason: str) -> None:
        print_line(self.process.name, f"{reason}; starting again in {self.backoff:.1f} s")
        self.start_at = now + self.backoff
        self.backoff = min(self.backoff * 2, MAX_BACKOFF)


class ProcessSupervisor:
    """Watches processes that are running already, until a signal asks it to stop."""

    def __init__(self, processes: Sequence[ManagedProcess]) -> None:
        self.watches = [WatchedProcess(process) for process in processes]
        # A signal may arrive while the handler of another one runs, where an Event's lock would
        # wait for itself; a pipe takes any number.
        self.asked_to_stop, self.ask_to_stop = os.pipe()
        os.set_blocking(self.ask_to_stop, False)

    def stop_on_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)

    def run(self, after_check: Callable[[], None] = lambda: None) -> None:
        while not select.select([self.asked_to_stop], [], [], CHECK_SECONDS)[0]:
            now = time.monotonic()
            for watch in self.watches:
                watch.check(now)
            after_check()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        with suppress(BlockingIOError):  # full of such requests
            os.write(self.ask_to_stop, b".")


def forward_output(name: str, lines: IO[str]) -> None:
    with lines:
        for line in lines:
            print_line(name, line.rstrip())


def print_line(name: str, text: str) -> None:
    try:
        sys.stdout.write(f"{name:<8} | {text}\n")
        sys.stdout.flush()
    except OSError:  # nobody reads our output any more; the desk keeps running
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
