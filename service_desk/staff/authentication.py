"""Identifies the caller: by session cookie on pages, by bearer token under /api."""

from litestar.middleware import (
    AbstractAuthenticationMiddleware,
    AuthenticationResult,
    DefineMiddleware,
)

from service_desk.principal import Principal
from service_desk.staff.queries import principal_of_session, principal_of_token
from service_desk.web.access import Connection
from service_desk.web.security import cookie_name

# No login needed here: webhooks and health checks are spared the query.
UNAUTHENTICATED_PATHS = [
    "^/static/",
    "^/webhooks/",
    "^/healthz",
    "^/readyz",
    "^/metrics",
    "^/demo/clock",
]
MAX_TOKEN_LENGTH = 200


def session_cookie() -> str:
    return cookie_name("session")


class Authentication(AbstractAuthenticationMiddleware):
    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        return AuthenticationResult(user=await identify_caller(connection), auth=None)


async def identify_caller(connection: Connection) -> Principal | None:
    """By session or token; None if neither is valid."""
    if connection.url.path.startswith("/api/"):
        kind, _, token = connection.headers.get("authorization", "").partition(" ")
        token = token.strip()
        if kind.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN_LENGTH:
            return None
        return await principal_of_token(token)
    session = connection.cookies.get(session_cookie(), "")
    return await principal_of_session(session) if 0 < len(session) <= MAX_TOKEN_LENGTH else None


AUTHENTICATION = DefineMiddleware(Authentication, exclude=UNAUTHENTICATED_PATHS)
