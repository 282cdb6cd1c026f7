"""What a desk costs that nobody uses: processor time and memory of all its processes, and how long
web alone takes until it answers."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from bench.desk import HOST, START_TIMEOUT, free_port, process
from bench.figures import Figure, median

SETTLING_SECONDS = 15  # after its start, while caches fill
SECONDS = 60
STARTS = 3
PROGRAMS = {"service_desk.cli web": "web", "service_desk.cli worker": "worker"}


async def idle() -> AsyncGenerator[Figure]:
    starts = [_seconds_until_web_answers() for _ in range(STARTS)]
    yield Figure("start of web alone until it answers, median", median(starts), "s", at_most=3)
    with tempfile.TemporaryDirectory(prefix="desk-idle-") as folder, _desk(Path(folder)) as desk:
        await asyncio.sleep(SETTLING_SECONDS)
        before = _processor_seconds(desk)
        await asyncio.sleep(SECONDS)
        after = _processor_seconds(desk)
        shares = {
            name: (used - before.get(name, 0.0)) / SECONDS * 100 for name, used in after.items()
        }
        for name in ("web", "worker", "servers", "supervisor"):
            yield Figure(f"idle desk, of a core: {name}", shares.get(name, 0.0), "%")
        counted = sum(share for name, share in shares.items() if name != "supervisor")
        yield Figure("idle desk, of a core: web, worker and servers", counted, "%", at_most=1)
        for found in desk.children(recursive=True):
            if (name := _name_of(found)) != "servers":
                yield Figure(
                    f"fresh {name}, memory", found.memory_info().rss / 1e6, "MB", at_most=150
                )


def _seconds_until_web_answers() -> float:
    port, begin = free_port(), time.monotonic()
    with process("service_desk.cli", "web", "--port", str(port), port=port):
        return time.monotonic() - begin


@contextmanager
def _desk(folder: Path) -> Generator[psutil.Process]:
    """`service-desk up`, ready, in a data directory of its own."""
    port = free_port()
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DESK_", "DATABASE_URL", "REDIS_URL"))
    }
    up = subprocess.Popen(
        [sys.executable, "-m", "service_desk.cli", "up", "--port", str(port)],
        env=environ | {"DESK_DATA_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(f"http://{HOST}:{port}/readyz")
        yield psutil.Process(up.pid)
    finally:
        up.terminate()
        up.wait()


def _wait_until_ready(url: str) -> None:
    until = time.monotonic() + START_TIMEOUT
    while time.monotonic() < until:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{url} was never ready")


def _processor_seconds(desk: psutil.Process) -> dict[str, float]:
    """Since their start, by the part of the desk."""
    used = {"supervisor": _of(desk)}
    for child in desk.children(recursive=True):
        name = _name_of(child)
        used[name] = used.get(name, 0.0) + _of(child)
    return used


def _of(found: psutil.Process) -> float:
    times = found.cpu_times()
    return times.user + times.system


def _name_of(found: psutil.Process) -> str:
    line = " ".join(found.cmdline())
    return next((name for mark, name in PROGRAMS.items() if mark in line), "servers")
