"""Work shared among processes of this machine: for commands that keep a processor busy."""

import asyncio
import gc
import os
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

import uvloop

from service_desk.errors import Unavailable

T = TypeVar("T")


async def in_processes(
    function: Callable[..., Coroutine[Any, Any, T]],
    calls: Iterable[tuple[Any, ...]],
    processes: int,
) -> AsyncGenerator[T]:
    """The results of `await function(*arguments)` for each of `calls`, in their order.

    The function is at the top of its module; it, arguments and results are pickled. The processes
    are new ones, without garbage collector, and end with this one. What the function raises is
    raised here, and what has not begun by then never is. Raises Unavailable if a process is killed.
    """
    # Not forked: a child would share the connections and the event loop of this process.
    with ProcessPoolExecutor(processes, get_context("spawn"), _prepare) as pool:
        try:
            for result in [pool.submit(_run, function, *call) for call in calls]:
                yield await asyncio.wrap_future(result)
        except BrokenProcessPool as error:
            raise Unavailable(
                "A process that shared the work was ended from outside, perhaps because memory ran "
                "out: try again with fewer processes."
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _prepare() -> None:
    """In the new process. Ctrl-C reaches all of them; the first one tells the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Otherwise it would wait for work for ever, once the parent is killed."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _run(function: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
    return uvloop.run(function(*arguments))
