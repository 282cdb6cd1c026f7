"""What guards the pages: a strict Content-Security-Policy, CSRF tokens, cookies of this desk."""

from functools import cache
from hashlib import sha256

from litestar.config.csrf import CSRFConfig
from litestar.datastructures import Cookie
from litestar.types import Message, Scope

from service_desk.settings import get_settings

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "media-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HSTS_ONE_YEAR = "max-age=31536000"

# These do not authenticate by cookie, so there is nothing to forge, and they set none.
CSRF_EXEMPT_PATHS = [
    *("^/api/", "^/webhooks/", "^/demo/clock$"),
    *("^/healthz$", "^/readyz$", "^/metrics$", "^/schema", "^/static/"),
]


def csrf_config() -> CSRFConfig:
    return CSRFConfig(
        secret=get_settings().csrf_secret,
        cookie_name=cookie_name("csrf"),
        cookie_secure=uses_https(),
        cookie_httponly=True,
        cookie_samesite="lax",
        exclude=CSRF_EXEMPT_PATHS,
    )


async def add_security_headers(message: Message, scope: Scope) -> None:
    """A before-send hook: errors and unknown paths have them too."""
    if message["type"] == "http.response.start":
        there = list(message["headers"])
        names = {name.lower() for name, _ in there}
        message["headers"] = [
            *there,
            *(pair for pair in _headers(uses_https()) if pair[0] not in names),
        ]


@cache
def _headers(https: bool) -> list[tuple[bytes, bytes]]:
    headers = HEADERS | ({"Strict-Transport-Security": HSTS_ONE_YEAR} if https else {})
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


@cache
def cookie_name(purpose: str) -> str:
    """Cookies are shared between ports: two desks on one host need different names."""
    return f"desk_{purpose}_{sha256(get_settings().csrf_secret.encode()).hexdigest()[:8]}"


def sent_cookie(nonce: str) -> Cookie:
    """Tells the page that this form was taken, so that its draft can go (static/drafts.js)."""
    return Cookie("desk_sent", value=nonce, max_age=600, samesite="lax", secure=uses_https())


def uses_https() -> bool:
    """Whether browsers reach this desk by HTTPS; then cookies are sent by nothing else."""
    return get_settings().public_url.startswith("https:")
