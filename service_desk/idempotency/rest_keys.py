"""`Idempotency-Key`, honoured on every POST of the REST API (DESIGN §3).

The key's row, what the call did and the answer are one transaction: a call that was cut off left
nothing, a second one that comes at once waits for the first at the unique index, and any later
one is told what the first was told. Refused calls (4xx, 5xx) are not kept: they did nothing.
"""

from email.message import Message as EmailMessage
from hashlib import sha256

from litestar import Request
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.types.asgi_types import (
    HTTPRequestEvent,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
)

from service_desk import wall_clock
from service_desk.database import fetch, fetch_one, transaction
from service_desk.errors import Conflict, InvalidInput
from service_desk.principal import Principal

LONGEST_KEY = 255


class _RefusedError(Exception):
    """Rolls the transaction back; the refusal itself has been kept for sending."""


class IdempotencyMiddleware(ASGIMiddleware):
    """Put it on the router whose POSTs should be safe to repeat."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = Headers.from_scope(scope)
        given = headers.get("idempotency-key")
        caller: Principal | None = scope.get("user")  # pyright: ignore[reportUnknownMemberType]
        # A caller we do not know goes on to be refused; nobody is told what another was told.
        if scope["type"] != "http" or scope["method"] != "POST" or given is None or caller is None:
            await next_app(scope, receive, send)
            return
        if not 1 <= len(given) <= LONGEST_KEY:
            raise InvalidInput(
                "Idempotency-Key needs between 1 and {most} characters.",
                field="Idempotency-Key",
                most=LONGEST_KEY,
            )
        body = await Request(scope, receive).body()
        named = f"{caller.staff_id} {sorted(caller.scopes)}\n{scope['path']}\n{given}"
        key = sha256(named.encode()).hexdigest()
        answer: list[Message] = []
        try:
            async with transaction():
                kept = await _claim(key, _said(headers.get("content-type", ""), body))
                if kept is None:
                    await next_app(scope, _replay(body), _collect(answer))
                    await _keep(key, answer)
                else:
                    answer = kept
        except _RefusedError:
            pass
        for message in answer:
            await send(message)


def _said(content_type: str, body: bytes) -> str:
    """A hash of what the call says. A form's boundary is drawn anew by every honest retry, so the
    parts between are what counts."""
    form = EmailMessage()
    form["content-type"] = content_type
    boundary = form.get_boundary() if form.get_content_maintype() == "multipart" else None
    parts = [body] if not boundary else body.split(b"--" + boundary.encode())
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


async def _claim(key: str, request_hash: str) -> list[Message] | None:
    """None if the call is ours to make; else the answer that it was given before."""
    claimed = await fetch_one(
        "INSERT INTO idempotent_request (key, request_hash, created_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (key) DO NOTHING RETURNING key",
        key,
        request_hash,
        wall_clock.now(),
    )
    if claimed is not None:
        return None
    row = await fetch_one(
        "SELECT request_hash, status, answer FROM idempotent_request WHERE key = $1", key
    )
    assert row is not None
    if row["request_hash"] != request_hash:
        raise Conflict(
            "This Idempotency-Key was used for another request. Use a new key for a new request."
        )
    body = (row["answer"] or "").encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"idempotency-replayed", b"true"),
    ]
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": int(row["status"]),
        "headers": headers,
    }
    whole: HTTPResponseBodyEvent = {
        "type": "http.response.body",
        "body": body,
        "more_body": False,
    }
    return [start, whole]


async def _keep(key: str, answer: list[Message]) -> None:
    status = next(m["status"] for m in answer if m["type"] == "http.response.start")
    if status >= 400:
        raise _RefusedError
    body = b"".join(m["body"] for m in answer if m["type"] == "http.response.body")
    await fetch(
        "UPDATE idempotent_request SET status = $2, answer = $3 WHERE key = $1",
        key,
        str(status),
        body.decode(),
    )


def _replay(body: bytes) -> Receive:
    async def receive() -> HTTPRequestEvent:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _collect(answer: list[Message]) -> Send:
    async def send(message: Message) -> None:
        answer.append(message)

    return send
