"""Work shared among processes."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from contextlib import aclosing, suppress
from typing import Any

import psutil
import pytest

from service_desk.errors import InvalidInput, Unavailable
from service_desk.processes import in_processes

ABANDONING = """
import asyncio, os, signal
from service_desk.processes import in_processes
from tests.test_processes import begun

async def main():
    async for process in in_processes(begun, [(), ()], 1):
        print(process, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def begun() -> int:
    return os.getpid()


async def slower_first(place: int) -> tuple[int, int, bool]:
    await asyncio.sleep(0.3 if place == 0 else 0)
    return place, os.getpid(), gc.isenabled()


async def refuses(value: str) -> None:
    raise InvalidInput("{value} is not {{known}}.", field="value", value=value)


async def is_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def results(function: Any, calls: list[tuple[Any, ...]]) -> list[Any]:
    async with aclosing(in_processes(function, calls, 2)) as found:
        return [result async for result in found]


async def test_results_come_in_the_order_of_the_calls() -> None:
    found = await results(slower_first, [(place,) for place in range(4)])
    assert [place for place, _, _ in found] == [0, 1, 2, 3]
    assert os.getpid() not in {process for _, process, _ in found}
    assert not any(collects for _, _, collects in found)


async def test_an_error_arrives_as_it_was_raised() -> None:
    with pytest.raises(InvalidInput, match=r"^\{x\} is not \{known\}\.$") as raised:
        await results(refuses, [("{x}",), ("{x}",)])
    assert (raised.value.field, raised.value.params) == ("value", {"value": "{x}"})


async def test_a_killed_process_is_said_in_a_sentence() -> None:
    with pytest.raises(Unavailable, match="ended from outside"):
        await results(is_killed, [(), ()])


async def test_they_end_with_the_process_that_began_them() -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", ABANDONING], stdout=subprocess.PIPE, check=False
    )
    assert done.returncode == -signal.SIGKILL
    await asyncio.to_thread(wait_for_end, int(done.stdout))


def wait_for_end(process: int) -> None:
    with suppress(psutil.NoSuchProcess):
        psutil.Process(process).wait(timeout=10)
