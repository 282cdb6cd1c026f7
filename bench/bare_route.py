"""How fast the bare route (bare.py) is on this machine now, and the same statements without it."""

import asyncio
import time
from datetime import UTC, datetime
from itertools import count

import asyncpg

from bench.bare import MESSAGE, TICKET
from bench.desk import free_port, process, reset_desk
from bench.http_load import COMPLAINT, load, signed_text
from bench.sender import Load
from service_desk.settings import get_settings
from tests.factories import make_ticket

WARM_UP = 500
_serials = count(5_000_000)  # far from the route's


async def bare_loads(requests: dict[int, int]) -> dict[int, Load]:
    """By connections: how many requests with each. Empties the desk first."""
    await reset_desk()
    await make_ticket()  # and with it the customer that all tickets of the bare route belong to
    port, serial = free_port(), iter(range(1, 1_000_000))
    with process("bench.bare", str(port), port=port):
        await load(port, [signed_text(next(serial), "/sms") for _ in range(WARM_UP)], 8)
        return {
            connections: await load(
                port, [signed_text(next(serial), "/sms") for _ in range(each)], connections
            )
            for connections, each in requests.items()
        }


async def bare_rate(connections: int, requests: int = 2_000) -> float:
    """Requests a second."""
    return (await bare_loads({connections: requests}))[connections].rate


async def statements_rate(connections: int, transactions: int) -> float:
    """The same inserts by asyncpg alone, transactions a second; on the desk of `bare_loads`."""
    serials = iter([next(_serials) for _ in range(transactions)])

    async def insert() -> None:
        connection = await asyncpg.connect(get_settings().database_url)
        for serial in serials:
            body, now = COMPLAINT.format(serial=serial), datetime.now(UTC)
            async with connection.transaction():
                await connection.execute(
                    TICKET, serial, str(serial), f"token-{serial}", body, now, body.lower().split()
                )
                await connection.execute(MESSAGE, serial, body, f"SM{serial}", now)
        await connection.close()

    start = time.perf_counter()
    await asyncio.gather(*(insert() for _ in range(connections)))
    return transactions / (time.perf_counter() - start)
