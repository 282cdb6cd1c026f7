"""Complaints a second: by signed SMS webhook, against a bare route with the same two inserts."""

import time
from collections.abc import AsyncGenerator

from bench.desk import free_port, process, reset_desk
from bench.figures import Figure
from bench.http_load import requests_per_second, signed_texts
from service_desk.database import fetch_value
from tests.factories import NOW, make_ticket

TEXTS = 6_000
WARM_UP = 500
OPENED = 1_500


async def intake() -> AsyncGenerator[Figure]:
    await reset_desk()
    await make_ticket()  # and with it the customer that all tickets of the bare route belong to
    bare = await _bare()
    await reset_desk()
    ours = await _ours()
    yield ours
    yield bare
    yield Figure("signed SMS, as a share of bare", ours.value / bare.value, at_least=0.5)
    await reset_desk()
    yield await _open_ticket()


async def _ours() -> Figure:
    port = free_port()
    with process("service_desk.cli", "web", "--port", str(port), port=port):
        await requests_per_second(port, signed_texts(WARM_UP, 1))
        rate = await requests_per_second(port, signed_texts(TEXTS, 1 + WARM_UP))
    assert await fetch_value("SELECT count(*) FROM ticket") == TEXTS + WARM_UP
    return Figure("signed SMS opening a ticket", rate, "/s")


async def _bare() -> Figure:
    port = free_port()
    with process("bench.bare", str(port), port=port):
        await requests_per_second(port, signed_texts(WARM_UP, 1, "/sms"))
        rate = await requests_per_second(port, signed_texts(TEXTS, 1 + WARM_UP, "/sms"))
    assert await fetch_value("SELECT count(*) FROM message") == TEXTS + WARM_UP + 1
    return Figure("bare Litestar route, two inserts", rate, "/s")


async def _open_ticket() -> Figure:
    start = time.perf_counter()
    for serial in range(OPENED):
        await make_ticket(f"Broken {serial}", phone=f"+86138{serial:08}", at=NOW)
    return Figure("open_ticket, one after the other", OPENED / (time.perf_counter() - start), "/s")
