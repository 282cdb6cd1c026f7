"""What commands share: the desk's servers, and an event loop with the database pool."""

import functools
import os
from collections.abc import Callable, Coroutine, Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import uvloop

from service_desk.embedded import ServerUrls, demo_runs, reachable_servers
from service_desk.settings import get_settings

P = ParamSpec("P")
T = TypeVar("T")


def desk_command(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Makes a coroutine the body of a click command.

        @click.command()
        @click.option("--email")
        @desk_command
        async def create_user(email: str) -> None: ...

    It runs inside `database_pool()`, on the servers that the settings name, else those of a desk
    that runs on the same data directory, else our own for as long as the command takes.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with desk_servers() as urls:
            return uvloop.run(_with_pool(urls, functools.partial(function, *args, **kwargs)))

    return run


def check_writable(
    _: click.Context | None, __: click.Parameter | None, path: Path | None
) -> Path | None:
    """The callback of an option that names a file to write: it fails before the work is done."""
    if path is None:
        return None
    existed = path.exists()
    try:
        path.open("ab").close()
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be written: {error.strerror}.") from error
    if not existed:
        path.unlink()
    return path


@contextmanager
def desk_servers() -> Generator[ServerUrls]:
    """The desk's servers, and settings that name them, for the length of the block.

    Beside `up --demo` the settings are those of demo mode, too: they tell which gateways there are.
    """
    settings = get_settings()
    with reachable_servers(settings.data_dir, settings.database_url, settings.redis_url) as urls:
        os.environ["DATABASE_URL"] = urls.database_url
        os.environ["REDIS_URL"] = urls.redis_url
        if demo_runs(settings.data_dir.absolute()):
            os.environ["DESK_DEMO"] = "1"
        get_settings.cache_clear()
        yield urls


async def _with_pool(urls: ServerUrls, body: Callable[[], Coroutine[Any, Any, T]]) -> T:
    from service_desk.database import database_pool, report_connection_errors

    async with AsyncExitStack() as stack:
        with report_connection_errors(urls.database_url):
            await stack.enter_async_context(database_pool(urls.database_url))
        await _install_if_empty()
        return await body()


async def _install_if_empty() -> None:
    """A command may be the first thing that runs on a new desk."""
    from service_desk import installation, migrating, wall_clock

    if await migrating.is_empty():
        await migrating.migrate()
        await installation.load_shipped(wall_clock.now())
