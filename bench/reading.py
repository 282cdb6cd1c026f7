"""Reads of a desk that grows, each beside a bare route that answers the same bytes from memory."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import httpx
from msgspec import Struct

from bench.desk import HOST, free_port, process, reset_desk
from bench.figures import Figure, percentile
from bench.fill import fill
from bench.http_load import get, load
from bench.sweep import nothing_due
from service_desk import wall_clock
from service_desk.database import fetch
from service_desk.rules.tickets.numbers import make_number
from service_desk.staff.authentication import session_cookie
from service_desk.staff.operations import create_token, hash_token
from tests.factories import make_staff

SIZES = ((10_000, 5_000), (100_000, 50_000), (1_000_000, 50_000))  # tickets, of them open
ROUNDS = 4
REQUESTS = 25  # of each, a round
WARM_UP = 10  # as many times, so that every connection of the pool has planned
OF_BARE = {"page": 10.0, "REST": 5.0}  # 95 % of the requests, at most so many times bare's
GROWTH = 1.5  # from the first size to the last, at most

NUMBER = make_number(777)
ANY = "/api/v1/tickets?state=any&limit=50"
READ = {
    "queue": {"page": "/queue", "REST": "/api/v1/queue?limit=50"},
    "ticket": {"page": f"/tickets/{NUMBER}", "REST": f"/api/v1/tickets/{NUMBER}"},
    "search, a word of half": {"page": "/search?q=loud", "REST": "/api/v1/search?q=loud"},
    "search, a word of one in 200": {
        "page": "/search?q=order77",
        "REST": "/api/v1/search?q=order77",
    },
    "search, a number": {"page": f"/search?q={NUMBER}", "REST": f"/api/v1/search?q={NUMBER}"},
    "list, a word of half": {"REST": f"{ANY}&q=loud"},
    "list, a word of one in 200": {"REST": f"{ANY}&q=order77"},
    "list, a word of one": {"REST": f"{ANY}&q=777"},
    "dashboard": {"page": "/dashboard"},
    "customers": {"page": "/customers", "REST": "/api/v1/customers?limit=50"},
    "tickets of a customer": {"REST": f"{ANY}&phone=%2B8613900000777"},
}  # fmt: skip


class Times(Struct, frozen=True):
    """Milliseconds, of ours and of the bare route's in turns."""

    ours: list[float]
    bare: list[float]

    def over_bare(self, percent: int) -> float:
        return percentile(self.ours, percent) / percentile(self.bare, percent)


async def reading() -> AsyncGenerator[Figure]:
    """One connection; at 10,000 tickets, 100,000 and 1,000,000."""
    await reset_desk()
    headers = await _sign_in()
    first, present, opened = dict[str, Times](), 0, 0
    for tickets, open_tickets in SIZES:
        now = wall_clock.now()
        await fill(tickets - present, open_tickets - opened, now, present=present)
        present, opened = tickets, open_tickets
        ours, bare = free_port(), free_port()
        with (
            process("service_desk.cli", "web", "--port", str(ours), port=ours),
            process("bench.bare", str(bare), port=bare),
        ):
            for name, paths in READ.items():
                for kind, path in paths.items():
                    times = await _measure(path, headers, ours, bare)
                    what = f"{name} ({kind}), of {tickets // 1000:,}k"
                    for percent in (50, 95, 99):
                        value = percentile(times.ours, percent)
                        yield Figure(f"{what}, {percent} %", value, "ms")
                    over = times.over_bare(95)
                    yield Figure(f"{what}, 95 % over bare's", over, at_most=OF_BARE[kind])
                    before = first.setdefault(f"{name} ({kind})", times)
                    if tickets == SIZES[-1][0]:
                        growth = times.over_bare(50) / before.over_bare(50)
                        of = f"{name} ({kind}), growth to {tickets // 1000:,}k"
                        yield Figure(of, growth, at_most=GROWTH)
    figure = await nothing_due()
    yield Figure(f"{figure.name}, of 1,000k", figure.value, "ms", at_most=figure.at_most)


async def _measure(path: str, headers: dict[str, str], ours: int, bare: int) -> Times:
    """In turns, so that what else the machine does slows both."""
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.get(f"http://{HOST}:{ours}{path}", headers=headers)
        answer.raise_for_status()
        kept = {"Content-Type": answer.headers["Content-Type"]}
        url = f"http://{HOST}:{bare}/answer"
        (await client.post(url, content=answer.content, headers=kept)).raise_for_status()
    request, bare_request = get(path, **headers), get("/answer")
    await load(ours, [request] * WARM_UP * 10, 10)
    await load(bare, [bare_request] * WARM_UP)
    times = Times([], [])
    for _ in range(ROUNDS):
        times.ours.extend((await load(ours, [request] * REQUESTS)).times)
        times.bare.extend((await load(bare, [bare_request] * REQUESTS)).times)
    return times


async def _sign_in() -> dict[str, str]:
    """Headers with a token, and with a session's cookie."""
    now = wall_clock.now()
    admin = await make_staff("admin")
    await fetch(
        "INSERT INTO staff_session (token_hash, staff, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4)",
        hash_token("bench"),
        admin,
        now,
        now + timedelta(days=1),
    )
    token = await create_token("admin@desk.test", ["all"], now=now)
    return {"Authorization": f"Bearer {token}", "Cookie": f"{session_cookie()}=bench"}
