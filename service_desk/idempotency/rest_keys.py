"""REST calls executed once per `Idempotency-Key` (DESIGN §3).

The key's row, the effects of the call and its response are one transaction. An interrupted call
leaves nothing behind; a concurrent second call waits for the first at the unique index; a later
one gets the same response.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_value, transaction
from service_desk.errors import Conflict
from service_desk.rows import get, update
from service_desk.tables import IdempotentRequest

_CLAIM = """
INSERT INTO idempotent_request (key, request_hash, created_at) VALUES ($1, $2, $3)
ON CONFLICT (key) DO NOTHING RETURNING true
"""


class StoredResponse(Struct, frozen=True):
    status: int
    body: bytes


class _KeptRequest(Struct):
    request_hash: str
    status: str
    response: str


async def once(
    key: str,
    request_hash: str,
    execute: Callable[[], Awaitable[StoredResponse]],
    *,
    now: datetime,
) -> StoredResponse:
    """Execute the first call with this key; its response, which later ones get too. Raises Conflict
    if the first was another request, and what `execute` raises: then nothing has happened."""
    async with transaction(plan_once=True):
        if not await fetch_value(_CLAIM, key, request_hash, now):
            return await _stored_response(key, request_hash)
        response = await execute()
        await _store_response(key, response)
        return response


async def _stored_response(key: str, request_hash: str) -> StoredResponse:
    request = await get(_KeptRequest, IdempotentRequest, key=key)
    assert request is not None
    if request.request_hash != request_hash:
        raise Conflict(
            "This Idempotency-Key was used for another request. Use a new key for a new request."
        )
    return StoredResponse(int(request.status), request.response.encode())


async def _store_response(key: str, response: StoredResponse) -> None:
    values = {
        IdempotentRequest.status: str(response.status),
        IdempotentRequest.response: response.body.decode(),
    }
    await update(IdempotentRequest, values, key=key)
