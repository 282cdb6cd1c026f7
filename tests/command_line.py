"""`service-desk …` as an operator types it, against the servers of this run.

Most tests run a command in this process: a start of its own costs a second of processor time.
Some run the installed command, so that each is known to work from its own imports.
"""

import asyncio
import contextlib
import gc
import sys
from pathlib import Path

from click.testing import CliRunner
from msgspec import Struct

from service_desk import cli, wall_clock
from service_desk.database import DB
from service_desk.valkey import valkey_client


class Done(Struct, frozen=True):
    code: int
    stdout: str
    stderr: str


async def service_desk(*command: str | Path, folder: Path | None = None, typed: str = "") -> Done:
    """Run the command to its end, on an event loop and a database pool of its own. What would be
    a traceback is raised here."""
    arguments = [str(argument) for argument in command]
    config, DB.config = DB.config, {**DB.config}
    pool, DB.pool = DB.pool, None
    try:
        async with valkey_client("redis://127.0.0.1:1"):  # a command has no client yet
            with contextlib.chdir(folder or "."):
                done = await asyncio.to_thread(
                    CliRunner().invoke, cli.service_desk, arguments, input=typed
                )
    finally:
        DB.pool, DB.config = pool, config
        wall_clock.set_offset(0)
        gc.enable()
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


async def installed_service_desk(*command: str | Path, typed: str = "") -> Done:
    """The same as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("service-desk"),
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate(typed.encode())
    return Done(process.returncode or 0, stdout.decode(), stderr.decode())
