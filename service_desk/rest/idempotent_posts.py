"""`Idempotency-Key`, honoured on every POST of the REST API (DESIGN §3).

A call and its key are one transaction (idempotency/rest_keys.py). Refused calls (4xx, 5xx) are
not kept: they did nothing.
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
from service_desk.database import transaction
from service_desk.errors import InvalidInput
from service_desk.idempotency.rest_keys import (
    StoredResponse,
    claim,
    store_response,
    stored_response,
)
from service_desk.principal import Principal

MAX_KEY_LENGTH = 255


class _RollbackError(Exception):
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
        if not 1 <= len(given) <= MAX_KEY_LENGTH:
            raise InvalidInput(
                "Idempotency-Key needs between 1 and {max} characters.",
                field="Idempotency-Key",
                max=MAX_KEY_LENGTH,
            )
        body = await Request(scope, receive).body()
        named = f"{caller.staff_id} {sorted(caller.scopes)}\n{scope['path']}\n{given}"
        key = sha256(named.encode()).hexdigest()
        request_hash = _said(headers.get("content-type", ""), body)
        answer: list[Message] = []
        try:
            async with transaction():
                if await claim(key, request_hash, now=wall_clock.now()):
                    await next_app(scope, _replay(body), _collect(answer))
                    await store_response(key, _done(answer))
                else:
                    answer = _repeated(await stored_response(key, request_hash))
        except _RollbackError:
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


def _done(answer: list[Message]) -> StoredResponse:
    status = next(m["status"] for m in answer if m["type"] == "http.response.start")
    if status >= 400:
        raise _RollbackError
    return StoredResponse(
        status, b"".join(m["body"] for m in answer if m["type"] == "http.response.body")
    )


def _repeated(answer: StoredResponse) -> list[Message]:
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer.body)).encode()),
            (b"idempotency-replayed", b"true"),
        ],
    }
    whole: HTTPResponseBodyEvent = {
        "type": "http.response.body",
        "body": answer.body,
        "more_body": False,
    }
    return [start, whole]


def _replay(body: bytes) -> Receive:
    async def receive() -> HTTPRequestEvent:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _collect(answer: list[Message]) -> Send:
    async def send(message: Message) -> None:
        answer.append(message)

    return send
