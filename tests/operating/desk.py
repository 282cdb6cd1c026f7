"""`service-desk` with the environment of a desk on a data directory, and of nothing else."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from service_desk.attachments.storage import attachment_store
from service_desk.settings import get_settings
from tests.command_line import Done, service_desk


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "service_desk.cli", *arguments]


def environ(data_dir: Path, **more: str) -> dict[str, str]:
    """Without the developer's settings."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return plain | {"DESK_DATA_DIR": str(data_dir)} | more


def run(
    data_dir: Path, *arguments: str, given: str = "", cwd: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """As a process of its own."""
    return subprocess.run(
        command(*arguments),
        input=given,
        env=environ(data_dir, **more),
        cwd=cwd or data_dir.parent,
        capture_output=True,
        text=True,
    )


async def run_here(data_dir: Path, *arguments: str, given: str = "", **more: str) -> Done:
    """The same in this process, which saves its start. The servers are its own all the same."""
    piccolo = os.environ["PICCOLO_CONF"]  # set by the first import of the package
    with only(environ(data_dir, PICCOLO_CONF=piccolo, **more)):
        return await service_desk(*arguments, folder=data_dir.parent, typed=given)


@contextmanager
def only(variables: dict[str, str]) -> Generator[None]:
    """The whole environment of this process in the block, and of what it remembers of it."""
    before = {**os.environ}
    try:
        _replace_environ(variables)
        yield
    finally:
        _replace_environ(before)


def _replace_environ(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    get_settings.cache_clear()
    attachment_store.cache_clear()


def living(family: list[psutil.Process]) -> list[psutil.Process]:
    """Without zombies: orphans that nobody has waited for."""
    return [process for process in family if _lives(process)]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two questions
        return False
