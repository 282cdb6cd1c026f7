"""`Idempotency-Key`, honoured on every POST of the REST API (DESIGN §3).

A call and its key are one transaction (idempotency/rest_keys.py). Failed calls (4xx, 5xx) changed
nothing, so their responses are not stored.
"""

from contextlib import suppress
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
from service_desk.errors import InvalidInput
from service_desk.idempotency.rest_keys import StoredResponse, once
from service_desk.principal import Principal

MAX_KEY_LENGTH = 255


class _RollbackError(Exception):
    """Rolls the transaction back; the error response has been collected and is sent after."""


class IdempotencyMiddleware(ASGIMiddleware):
    """For a router whose POSTs should be safe to repeat."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = Headers.from_scope(scope)
        client_key = headers.get("idempotency-key")
        caller: Principal | None = scope.get("user")  # pyright: ignore[reportUnknownMemberType] - a scope is a plain dict
        # Without a valid token the route answers 401, and no stored response is disclosed.
        if (
            scope["type"] != "http"
            or scope["method"] != "POST"
            or client_key is None
            or caller is None
        ):
            await next_app(scope, receive, send)
            return
        if not 1 <= len(client_key) <= MAX_KEY_LENGTH:
            raise InvalidInput(
                "Idempotency-Key must have between 1 and {max} characters.",
                field="Idempotency-Key",
                max=MAX_KEY_LENGTH,
            )
        body = await Request(scope, receive).body()
        identity = f"{caller.staff_id} {sorted(caller.scopes)}\n{scope['path']}\n{client_key}"
        key = sha256(identity.encode()).hexdigest()
        request_hash = _hash_request(headers.get("content-type", ""), body)
        response: list[Message] = []

        async def execute() -> StoredResponse:
            await next_app(scope, _replay_body(body), _collect(response))
            return _completed(response)

        with suppress(_RollbackError):
            stored = await once(key, request_hash, execute, now=wall_clock.now())
            response = response or _to_messages(stored)
        for message in response:
            await send(message)


def _hash_request(content_type: str, body: bytes) -> str:
    """Of a multipart form the parts alone: every retry draws a new boundary."""
    form = EmailMessage()
    form["content-type"] = content_type
    boundary = form.get_boundary() if form.get_content_maintype() == "multipart" else None
    parts = [body] if not boundary else body.split(b"--" + boundary.encode())
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


def _completed(response: list[Message]) -> StoredResponse:
    status = next(m["status"] for m in response if m["type"] == "http.response.start")
    if status >= 400:
        raise _RollbackError
    return StoredResponse(
        status, b"".join(m["body"] for m in response if m["type"] == "http.response.body")
    )


def _to_messages(response: StoredResponse) -> list[Message]:
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": response.status,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(response.body)).encode()),
            (b"idempotency-replayed", b"true"),
        ],
    }
    whole: HTTPResponseBodyEvent = {
        "type": "http.response.body",
        "body": response.body,
        "more_body": False,
    }
    return [start, whole]


def _replay_body(body: bytes) -> Receive:
    async def receive() -> HTTPRequestEvent:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _collect(response: list[Message]) -> Send:
    async def send(message: Message) -> None:
        response.append(message)

    return send
