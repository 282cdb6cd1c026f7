"""PostgreSQL and Valkey from their wheels, in one data directory.

    with Servers(data_dir) as servers:
        servers.database_url, servers.redis_url

One process owns the servers of a data directory, and they end with it, however it ends. Others find
them through `running_servers`. In the directory:

    owner.lock              held by the owner; contains its pid and role
    users.lock              shared by commands that use another process's servers
    servers.json            the owner's pid, whether its desk is in demo mode, and the ports, kept
                            for the next start
    postgres/ valkey/       the data, owned by the user that the servers run as
    postgres.lock …         inherited by each server; free when none of its processes is alive
    postgres-password …     made once, readable by the owner only
    logs/                   the servers' output since their last start
"""

import os
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, Self

import msgspec

from service_desk.embedded.locks import is_locked, take_lock
from service_desk.embedded.postgres import PostgresServer
from service_desk.embedded.server import Server, ServerError
from service_desk.embedded.valkey import ValkeyServer
from service_desk.settings import load_or_create_secret

__all__ = [
    "OwnerRole",
    "ServerError",
    "ServerUrls",
    "Servers",
    "demo_runs",
    "desk_at_work",
    "reachable_servers",
    "running_servers",
]

OwnerRole = Literal["up", "command"]
OWNER_EXIT_SECONDS = 2.0  # for a killed owner to be gone
WAIT_SECONDS = 60.0  # for another command to finish with the servers


class ServerUrls(msgspec.Struct, frozen=True):
    """Empty for a server that the desk does not run itself."""

    database_url: str
    redis_url: str


class SavedState(msgspec.Struct, frozen=True):
    owner: int
    postgres_port: int
    valkey_port: int
    demo: bool = False


class Servers:
    """The servers that this process owns. Enter to start them, leave to stop them."""

    def __init__(
        self,
        data_dir: Path,
        *,
        postgres: bool = True,
        valkey: bool = True,
        fast: bool = False,
        role: OwnerRole = "command",
        demo: bool = False,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.role: OwnerRole = role
        self.fast = fast
        self.demo = demo
        self.wanted = (postgres, valkey)
        self.all: list[Server] = []

    @property
    def database_url(self) -> str:
        return next((server.url for server in self.all if isinstance(server, PostgresServer)), "")

    @property
    def redis_url(self) -> str:
        return next((server.url for server in self.all if isinstance(server, ValkeyServer)), "")

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._lock = acquire_data_dir(self.data_dir, self.role)
            undo.callback(os.close, self._lock)
            before = read_state(self.data_dir) or SavedState(0, 0, 0)
            if self.wanted[0]:
                self._add(PostgresServer, before.postgres_port)
            if self.wanted[1]:
                self._add(ValkeyServer, before.valkey_port)
            undo.callback(self._stop)
            for server in self.all:
                server.start()
            for server in self.all:
                server.wait_ready()
            self._write_state()
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self.role == "command":
                users = take_lock(self.data_dir / "users.lock", timeout=WAIT_SECONDS)
                if users is not None:
                    os.close(users)
            self._stop()
        finally:
            os.close(self._lock)

    def _add(self, kind: type[PostgresServer] | type[ValkeyServer], port: int) -> None:
        password = load_or_create_secret(self.data_dir, f"{kind.name}-password")
        self.all.append(kind(self.data_dir, port=port, password=password, fast=self.fast))

    def _stop(self) -> None:
        for server in reversed(self.all):
            server.stop()

    def _write_state(self) -> None:
        ports = {f"{server.name}_port": server.port for server in self.all}
        state = {"owner": os.getpid(), "demo": self.demo, "postgres_port": 0, "valkey_port": 0}
        made = self.data_dir / ".servers.json.new"
        made.write_bytes(msgspec.json.encode(state | ports))
        made.rename(self.data_dir / "servers.json")


def running_servers(data_dir: Path) -> ServerUrls | None:
    """The servers of this data directory, if they run. Waits for those that are being started."""
    until = time.monotonic() + WAIT_SECONDS
    while is_locked(data_dir / "owner.lock"):
        state = read_state(data_dir)
        if state and str(state.owner) == lock_owner(data_dir)[0]:
            return ServerUrls(
                database_url=_url(PostgresServer, data_dir, state.postgres_port),
                redis_url=_url(ValkeyServer, data_dir, state.valkey_port),
            )
        if time.monotonic() > until:
            raise ServerError(f"The servers of {data_dir} do not start: see {data_dir}/logs.")
        time.sleep(0.05)
    return None


@contextmanager
def reachable_servers(data_dir: Path, database_url: str, redis_url: str) -> Generator[ServerUrls]:
    """URLs for the length of the block: the given ones, else those of the data directory's running
    servers, else of our own, started for the block."""
    if database_url and redis_url:
        yield ServerUrls(database_url, redis_url)
        return
    data_dir = data_dir.absolute()
    with ExitStack() as undo:
        if is_locked(data_dir / "owner.lock"):
            users = take_lock(data_dir / "users.lock", shared=True, timeout=WAIT_SECONDS)
            if users is not None:
                undo.callback(os.close, users)
        found = running_servers(data_dir)
        if found is None:
            own_servers = Servers(data_dir, postgres=not database_url, valkey=not redis_url)
            undo.enter_context(own_servers)
            found = ServerUrls(own_servers.database_url, own_servers.redis_url)
        yield ServerUrls(database_url or found.database_url, redis_url or found.redis_url)


def acquire_data_dir(data_dir: Path, role: OwnerRole) -> int:
    """Lock the data directory for this process. Raises ServerError if another one has it."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = take_lock(data_dir / "owner.lock", timeout=OWNER_EXIT_SECONDS)
    except OSError as error:
        raise ServerError(
            f"The data directory {data_dir} cannot be written ({error.strerror}): "
            "give it to this user, or set DESK_DATA_DIR."
        ) from error
    if lock is None and lock_owner(data_dir)[1] == "command":
        lock = take_lock(data_dir / "owner.lock", timeout=WAIT_SECONDS)
    if lock is None:
        raise ServerError(
            f"A desk already runs on {data_dir} (process {lock_owner(data_dir)[0]}): "
            "stop it first, or set another DESK_DATA_DIR."
        )
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()} {role}\n".encode(), 0)
    return lock


def desk_at_work(data_dir: Path) -> str:
    """The process of the desk that runs on this data directory; empty if none does."""
    if not is_locked(data_dir / "owner.lock"):
        return ""
    process, role = lock_owner(data_dir)
    return process if role == "up" else ""


def demo_runs(data_dir: Path) -> bool:
    """Whether the desk that runs on this data directory is in demo mode."""
    state = read_state(data_dir)
    return (
        state is not None
        and state.demo
        and is_locked(data_dir / "owner.lock")
        and str(state.owner) == lock_owner(data_dir)[0]
    )


def lock_owner(data_dir: Path) -> tuple[str, str]:
    """Pid and role of the last owner of the data directory."""
    pid, _, role = (data_dir / "owner.lock").read_text().strip().partition(" ")
    return pid, role


def read_state(data_dir: Path) -> SavedState | None:
    try:
        return msgspec.json.decode((data_dir / "servers.json").read_bytes(), type=SavedState)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _url(kind: type[PostgresServer] | type[ValkeyServer], data_dir: Path, port: int) -> str:
    if not port:
        return ""
    password = load_or_create_secret(data_dir, f"{kind.name}-password")
    return kind(data_dir, port=port, password=password, fast=False).url
