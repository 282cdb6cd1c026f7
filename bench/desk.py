"""A desk for the benchmark: its own servers and data, as durable as a real desk's."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psutil

from service_desk import embedded
from service_desk.database import database_pool, fetch
from service_desk.migrating import migrate
from service_desk.settings import get_settings
from service_desk.valkey import valkey_client
from tests.factories import TABLE_NAMES, start_anew

HOST = "127.0.0.1"
START_TIMEOUT = 60.0  # seconds for a process to start


@asynccontextmanager
async def bench_desk() -> AsyncGenerator[None]:
    """Servers, schema and pool for the length of the run, without the caller's settings."""
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        for name in [*os.environ]:
            if name.startswith(("DESK_", "TWILIO_", "DATABASE_URL", "REDIS_URL", "SMTP_")):
                del os.environ[name]
        os.environ |= {"DESK_DATA_DIR": folder, "PUBLIC_URL": f"http://{HOST}", "SECRET_KEY": "b"}
        with embedded.Servers(Path(folder)) as urls:
            os.environ |= {
                "DATABASE_URL": urls.database_url,
                "REDIS_URL": urls.redis_url,
                "TWILIO_AUTH_TOKEN": "bench",
            }
            get_settings.cache_clear()
            async with database_pool(urls.database_url), valkey_client():
                await migrate()
                yield


async def reset_desk() -> None:
    """As newly installed, and without dead rows of the last section."""
    await fetch(f"TRUNCATE {TABLE_NAMES} RESTART IDENTITY")
    await start_anew(is_loaded=False)


@contextmanager
def process(*arguments: str, port: int | None = None) -> Generator[psutil.Process]:
    """Run `python -m …` on this desk for the length of the block; waits for its port."""
    with (get_settings().data_dir / f"{arguments[-1]}.log").open("wb") as log:
        started = subprocess.Popen([sys.executable, "-m", *arguments], stdout=log, stderr=log)
    try:
        if port is not None:
            _wait_for(port, started)
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _wait_for(port: int, started: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_TIMEOUT
    while time.monotonic() < until:
        if started.poll() is not None:
            raise RuntimeError(f"{started.args!r} ended with {started.returncode}")
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{started.args!r} does not answer on port {port}")
