"""The installed command, as an operator types it, against the servers of this run."""

import asyncio
import sys
from pathlib import Path

from msgspec import Struct


class Done(Struct, frozen=True):
    code: int
    stdout: str
    stderr: str


async def service_desk(*command: str | Path, folder: Path | None = None) -> Done:
    """Run `service-desk …` to its end. The environment names the database of the tests."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("service-desk"),
        *command,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate()
    return Done(process.returncode or 0, stdout.decode(), stderr.decode())
