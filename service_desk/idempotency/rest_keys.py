"""Calls of the REST API made once for each `Idempotency-Key` (DESIGN §3).

async with transaction():
    if not await claim(key, request_hash, now=…):
        return await stored_response(key, request_hash)
    …
    await store_response(key, answer)

The key's row, what the call did and the answer are one transaction: a call that was cut off left
nothing, a second one that comes at once waits for the first at the unique index, and any later
one is told what the first was told.
"""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.errors import Conflict


class Answer(Struct, frozen=True):
    status: int
    body: bytes


async def claim(key: str, request_hash: str, *, now: datetime) -> bool:
    """Whether this call is the first of its key, and ours to make in this transaction."""
    claimed = await fetch_value(
        "INSERT INTO idempotent_request (key, request_hash, created_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (key) DO NOTHING RETURNING true",
        key,
        request_hash,
        now,
    )
    return bool(claimed)


async def stored_response(key: str, request_hash: str) -> Answer:
    """What the first call of that key was answered; a Conflict if it said something else."""
    row = await fetch_one(
        "SELECT request_hash, status, answer FROM idempotent_request WHERE key = $1", key
    )
    assert row is not None
    if row["request_hash"] != request_hash:
        raise Conflict(
            "This Idempotency-Key was used for another request. Use a new key for a new request."
        )
    return Answer(int(row["status"]), (row["answer"] or "").encode())


async def store_response(key: str, answer: Answer) -> None:
    """Remember `answer` for the next call of the same key."""
    await fetch(
        "UPDATE idempotent_request SET status = $2, answer = $3 WHERE key = $1",
        key,
        str(answer.status),
        answer.body.decode(),
    )
