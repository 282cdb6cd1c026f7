"""A bare Litestar route with the same two inserts as a complaint by SMS, in a transaction, for
comparison. Frozen: what is compared with it is compared with the same thing each time.

Without signature, duplicate check, customer, clocks, history and outbox: the minimum. And one that
answers what it was given, from memory, for comparison with reads.
"""

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import asyncpg
import uvicorn
from litestar import Litestar, Request, Response, get, post

from bench.desk import HOST

_serial = count(1_000_000)
TICKET = (
    "INSERT INTO ticket (id, number, token, kind, severity, state, channel, subject, description, "
    "locale, customer, category_confirmed, cause, received_at, reopen_count, resolution, "
    "last_message_at, rank_because, earlier_complaints, search) VALUES ($1, $2, $3, 'complaint', "
    "'normal', 'new', 'sms', left($4::text, 200), $4::text, 'en', 1, false, 'unknown', $5, 0, '', "
    "$5, '[]', 0, array_to_tsvector($6))"
)
MESSAGE = (
    "INSERT INTO message (ticket, direction, visibility, channel, automatic, body, "
    "provider_id, at) VALUES ($1, 'in', 'public', 'sms', false, $2, $3, $4)"
)


@post("/sms", status_code=200)
async def receive_sms(request: Request[Any, Any, Any]) -> Response[str]:
    form = parse_qs((await request.body()).decode())
    body, sid, serial = form["Body"][0], form["MessageSid"][0], next(_serial)
    now = datetime.now(UTC)
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            TICKET, serial, str(serial), f"token-{serial}", body, now, body.lower().split()
        )
        await connection.execute(MESSAGE, serial, body, sid, now)
    return Response("<Response><Message>Thank you</Message></Response>", media_type="text/xml")


@post("/answer", status_code=200)
async def keep_answer(request: Request[Any, Any, Any]) -> None:
    state = request.app.state
    state.answer, state.media_type = await request.body(), request.headers["content-type"]


@get("/answer")
async def show_answer(request: Request[Any, Any, Any]) -> Response[bytes]:
    state = request.app.state
    return Response(state.answer, media_type=state.media_type)


@asynccontextmanager
async def pool(app: Litestar) -> AsyncGenerator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=10, max_size=10) as made:
        app.state.pool = made
        yield


if __name__ == "__main__":
    uvicorn.run(
        Litestar([receive_sms, keep_answer, show_answer], lifespan=[pool], openapi_config=None),
        host=HOST,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
    )
