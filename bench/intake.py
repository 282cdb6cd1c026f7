"""Complaints a second: by signed SMS and by REST, beside a bare route with the same two inserts."""

import time
from collections.abc import AsyncGenerator, Callable

from bench.bare_route import WARM_UP, bare_loads, statements_rate
from bench.desk import free_port, process, reset_desk
from bench.figures import Figure
from bench.http_load import SMS, TICKETS, load, posted, signed_text, ticket
from bench.sender import Load
from service_desk import wall_clock
from service_desk.database import fetch_value
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff, make_ticket

REQUESTS = {1: 500, 8: 2_000, 64: 4_000}  # by connections
OPENED = 1_500
SHARES = {1: None, 8: 0.35, 64: 0.5}  # of the bare route's rate, at least
SLOWER = 3.0  # the median at 8 connections, at most


async def intake() -> AsyncGenerator[Figure]:
    bare = await bare_loads(REQUESTS)
    for connections, done in bare.items():
        alone = await statements_rate(connections, REQUESTS[connections])
        yield Figure(f"the two inserts by asyncpg alone, {connections} at once", alone, "/s")
        yield Figure(f"bare Litestar route, two inserts, {connections} at once", done.rate, "/s")
        yield Figure(f"bare, {connections} at once, as a share of asyncpg", done.rate / alone)
    await reset_desk()
    texts = await _measure(lambda serial: signed_text(serial, SMS))
    opened = await fetch_value("SELECT count(*) FROM ticket")
    assert opened == sum(REQUESTS.values()) + WARM_UP, opened
    for figure in _figures("signed SMS", texts, bare):
        yield figure
    await reset_desk()
    await make_staff("admin")
    token = await create_token("admin@desk.test", ["all"], now=wall_clock.now())
    created = await _measure(lambda serial: posted(TICKETS, ticket(serial), token))
    for figure in _figures("POST /tickets", created, bare):
        yield figure
    await reset_desk()
    yield await _open_ticket()


def _figures(name: str, ours: dict[int, Load], bare: dict[int, Load]) -> list[Figure]:
    figures: list[Figure] = []
    for connections, done in ours.items():
        of, share = f"{name}, {connections} at once", SHARES[connections]
        figures += [
            Figure(of, done.rate, "/s"),
            Figure(f"{of}, 50 %", done.at(50), "ms"),
            Figure(f"{of}, 99 %", done.at(99), "ms"),
            Figure(f"{of}, as a share of bare", done.rate / bare[connections].rate, at_least=share),
        ]
    slower = ours[8].at(50) / bare[8].at(50)
    figures.append(Figure(f"{name}, 8 at once, 50 % over bare's", slower, at_most=SLOWER))
    figures.append(Figure(f"{name}, 64 at once, the sender's share of a core", ours[64].cores))
    return figures


async def _measure(request: Callable[[int], bytes]) -> dict[int, Load]:
    """By connections, on one process."""
    port, serial = free_port(), iter(range(1, 1_000_000))
    with process("service_desk.cli", "web", "--port", str(port), port=port):
        await load(port, [request(next(serial)) for _ in range(WARM_UP)], 8)
        return {
            connections: await load(
                port, [request(next(serial)) for _ in range(count)], connections
            )
            for connections, count in REQUESTS.items()
        }


async def _open_ticket() -> Figure:
    start = time.perf_counter()
    for serial in range(OPENED):
        await make_ticket(f"Broken {serial}", phone=f"+86138{serial:08}", at=NOW)
    return Figure("open_ticket, one after the other", OPENED / (time.perf_counter() - start), "/s")
