"""The queue and the search of a filled desk, through a web process, and the sweep on it."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

from bench.desk import free_port, process, reset_desk
from bench.figures import Figure
from bench.fill import fill
from bench.http_load import get, load
from bench.sweep import NOW, nothing_due
from service_desk.database import fetch
from service_desk.staff.authentication import session_cookie
from service_desk.staff.operations import create_token, hash_token
from tests.factories import make_staff

REPEATS = 100
SIZES = ((100_000, 5_000), (1_000_000, 50_000))
SEARCHES = {"by a word of each": "pump", "by a word of one in 1,000": "order77", "by number": "777"}


async def pages() -> AsyncGenerator[Figure]:
    """Medians of 100, one after the other, at 100,000 tickets and at 1,000,000."""
    for tickets, open_tickets in SIZES:
        await reset_desk()
        await fill(tickets, open_tickets, NOW)
        of = f"of {tickets // 1000:,}k"
        token, cookie = await _sign_in()
        port = free_port()
        with process("service_desk.cli", "web", "--port", str(port), port=port):
            for name, path in _requests().items():
                request = get(path, Authorization=f"Bearer {token}", Cookie=cookie)
                await load(port, [request] * 5)
                done = await load(port, [request] * REPEATS)
                yield Figure(f"{name}, {of}", done.at(50), "ms")
        if tickets == SIZES[-1][0]:
            figure = await nothing_due()
            yield Figure(f"{figure.name}, {of}", figure.value, "ms", at_most=figure.at_most)


def _requests() -> dict[str, str]:
    looked_at = {"queue page": "/queue", "queue by REST (50)": "/api/v1/queue?limit=50"}
    for name, words in SEARCHES.items():
        looked_at[f"search {name}"] = f"/api/v1/tickets?state=any&limit=50&q={words}"
    return looked_at


async def _sign_in() -> tuple[str, str]:
    """A token, and a session's cookie."""
    now = datetime.now(UTC)
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
    return token, f"{session_cookie()}=bench"
