"""What the two embedded servers have in common: folder, port, lock, start and stop."""

import os
import pwd
import random
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from service_desk.embedded.locks import take_lock

CHILD = Path(__file__).with_name("child.py")
PORTS = range(15_000, 32_000)  # below the ephemeral ports of outgoing connections


class ServerError(Exception):
    """A server or program cannot run. The sentence says why, and what to do."""


class Server(ABC):
    """One embedded server. It may be started and stopped repeatedly."""

    name: str
    stop_signal: signal.Signals
    start_seconds = 60.0  # recovery after a crash included
    stop_seconds = 30.0

    def __init__(self, data_dir: Path, *, port: int | None, password: str, fast: bool) -> None:
        self.data_dir = data_dir
        self.folder = data_dir / self.name
        self.lock_path = data_dir / f"{self.name}.lock"
        self.log_path = data_dir / "logs" / f"{self.name}.log"
        self.port = port or 0
        self.password = password
        self.fast = fast
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def prepare(self) -> None:
        """Make or repair the folder. No other process uses it."""

    @abstractmethod
    def command(self) -> Sequence[str]: ...

    @abstractmethod
    def is_ready(self) -> bool: ...

    def standard_input(self) -> bytes:
        return b""

    def start(self, timeout: float = 20.0) -> None:
        """Start without waiting until it is ready. `timeout`: seconds for a predecessor to end."""
        lock = take_lock(self.lock_path, timeout=timeout)
        if lock is None:
            raise ServerError(
                f"The {self.name} of {self.data_dir} still runs from an earlier start: "
                "stop it, or use another DESK_DATA_DIR."
            )
        try:
            self.prepare()
            self._choose_port()
            self.log_path.parent.mkdir(exist_ok=True)
            with self.log_path.open("wb") as log:
                self.process = self.spawn(self.command(), lock=lock, output=log)
            if self.process.stdin is not None:
                self.process.stdin.write(self.standard_input())
                self.process.stdin.close()
        finally:
            os.close(lock)

    def _choose_port(self) -> None:
        """The previous port if it is free. After a first start no other: clients know it."""
        port = free_port(self.port)
        if self.process is not None and port != self.port:
            raise ServerError(f"{self.name} cannot start again: port {self.port} is taken.")
        self.port = port

    def wait_ready(self) -> None:
        until = time.monotonic() + self.start_seconds
        while not self.is_ready():
            if not self.is_running():
                raise ServerError(f"{self.name} did not start: {self.last_log_lines()}")
            if time.monotonic() > until:
                raise ServerError(
                    f"{self.name} did not answer within {self.start_seconds:.0f} s: "
                    f"see {self.log_path}"
                )
            time.sleep(0.01)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is None:
            return
        for last_resort in (self.stop_signal, signal.SIGQUIT, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(last_resort)
            try:
                self.process.wait(self.stop_seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        lock = take_lock(self.lock_path, timeout=self.stop_seconds)  # its children are gone too
        if lock is not None:
            os.close(lock)

    def spawn(
        self, command: Sequence[str], *, lock: int | None = None, output: IO[bytes] | int
    ) -> subprocess.Popen[bytes]:
        """Start a program of the wheel as the servers' user. It ends when this process does."""
        user = server_user(self.folder)
        return subprocess.Popen(
            child_command(command, self.stop_signal, user=user, folder=self.folder),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=clean_environment(),
            pass_fds=() if lock is None else (lock,),
            start_new_session=True,  # Ctrl-C is for us; we stop them in order
        )

    def last_log_lines(self) -> str:
        lines = self.log_path.read_text(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:]) or f"see {self.log_path}"


def child_command(
    command: Sequence[str],
    death_signal: signal.Signals,
    *,
    user: tuple[int, int] | None = None,
    folder: Path | None = None,
) -> list[str]:
    """A command line for `command` that makes it end when this process does."""
    options = ["--parent", str(os.getpid()), "--death-signal", str(int(death_signal))]
    if user is not None:
        options += ["--uid", str(user[0]), "--gid", str(user[1]), "--folder", str(folder)]
    return [sys.executable, "-I", "-S", str(CHILD), *options, "--", *command]


def server_user(folder: Path) -> tuple[int, int] | None:
    """Uid and gid for the servers if we are root: of the folder's owner, else of `nobody`."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and folder.stat().st_uid != 0:
        return folder.stat().st_uid, folder.stat().st_gid
    owner = folder.parent.stat().st_uid
    try:
        user = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:
        user = pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid


def make_folder(folder: Path) -> None:
    """A private folder for the servers' user."""
    user = server_user(folder)
    folder.mkdir(mode=0o700)
    if user is not None:
        os.chown(folder, *user)


def free_port(preferred: int) -> int:
    """The preferred port if it is free, else another one."""
    candidates = random.sample(PORTS, 200)
    for port in ([preferred] if preferred else []) + candidates:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServerError("No free TCP port was found on 127.0.0.1 between 15000 and 32000.")


def clean_environment() -> dict[str, str]:
    """Our environment without PG* variables and locales, which servers would follow."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C", "LANG": "C"}
