"""Error responses: RFC 9457 problem documents for programs, a page for people.

The cause of an error of ours is not shown to the caller. It is in the log, with its traceback; only
`--dev`, which serves this machine only, shows it in the browser.
"""

from contextlib import suppress
from typing import Any, cast
from urllib.parse import quote, urlsplit

import msgspec
import structlog
from litestar import Response
from litestar.exceptions.responses import (
    create_debug_response,  # pyright: ignore[reportUnknownVariableType] - Litestar's is untyped
)
from litestar.status_codes import HTTP_401_UNAUTHORIZED
from litestar.types import Receive, Scope, Send

from service_desk.errors import DeskError, NotLoggedIn, TooManyRequests, Unavailable
from service_desk.http.causes import as_desk_error
from service_desk.i18n.translate import translate
from service_desk.staff.authentication import identify_caller, session_cookie
from service_desk.web.access import AnyRequest, principal_of
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other

log = structlog.get_logger()

PROBLEM_DOCUMENT_PATHS = (
    "/api/",
    "/webhooks/",
    "/demo/clock",
    "/schema",
    "/healthz",
    "/readyz",
    "/metrics",
)
RETRY_AFTER = 5  # seconds
DEBUG_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def handle_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """The one exception handler of the app."""
    problem = as_desk_error(error, request)
    _log(request, problem, error)
    if request.url.path.startswith(PROBLEM_DOCUMENT_PATHS):
        response = _problem_document(request, problem)
    elif request.app.debug and problem.status == DeskError.status:
        response = _debug_page(request, error)
    else:
        response = _html_response(request, problem)
    if isinstance(problem, Unavailable | TooManyRequests):
        response.headers["Retry-After"] = str(problem.params.get("retry_after", RETRY_AFTER))
    return response


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {Exception: handle_error}


def _log(request: AnyRequest, problem: DeskError, error: Exception) -> None:
    """By route, not by path: that of a tracking page contains the customer's token."""
    route = cast(dict[str, Any], request.scope).get("path_template")
    if isinstance(problem, Unavailable):
        log.warning("unavailable", route=route, error=repr(error))
    elif problem.status >= 500:
        log.error("request failed", route=route, exc_info=error)


def _problem_document(request: AnyRequest, problem: DeskError) -> Response[Any]:
    content: dict[str, object] = {
        "type": f"urn:service-desk:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": str(problem),
        "instance": request.url.path,
    }
    if problem.field is not None:
        content["field"] = problem.field
    known = {name: value for name, value in problem.params.items() if name not in content}
    response = Response(
        _encode(content | known),
        status_code=problem.status,
        media_type="application/problem+json",
    )
    if problem.status == NotLoggedIn.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _encode(document: dict[str, object]) -> bytes:
    """What a caller sent is quoted in it, and may hold what UTF-8 cannot (a lone surrogate)."""
    try:
        return msgspec.json.encode(document, enc_hook=str)
    except UnicodeEncodeError:
        return msgspec.json.encode({key: _encodable(value) for key, value in document.items()})


def _encodable(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    return str(value).encode("utf-8", "replace").decode()


class _ErrorPageAfterLogin(Response[Any]):
    """Authentication does not run for an unknown address, but the page needs the caller."""

    def __init__(self, problem: DeskError) -> None:
        super().__init__(None)
        self.problem = problem

    def to_asgi_response(self, request: AnyRequest, **_: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - it needs no more of Litestar's arguments
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            with suppress(Exception):  # without a database, the page of an unknown caller
                cast(dict[str, Any], scope)["user"] = await identify_caller(request)
            response = _error_page(request, self.problem)
            finish = response.to_asgi_response(None, request)  # pyright: ignore[reportUnknownMemberType] - Litestar's is generic
            await finish(scope, receive, send)

        return answer


def _html_response(request: AnyRequest, problem: DeskError) -> Response[Any]:
    if isinstance(problem, NotLoggedIn):
        return _redirect_to_login(request)
    if problem.status in (404, 405) and "user" not in request.scope:
        return _ErrorPageAfterLogin(problem)
    return _error_page(request, problem)


def _debug_page(request: AnyRequest, error: Exception) -> Response[Any]:
    response = cast(Response[Any], create_debug_response(request, error))
    response.headers["Content-Security-Policy"] = DEBUG_PAGE_POLICY  # its styles are inline
    return response


def _error_page(request: AnyRequest, problem: DeskError) -> Response[Any]:
    locale = locale_of(request)
    return page(
        request,
        "error.html",
        status=problem.status,
        title=translate(problem.title, locale),
        detail=error_text(problem, locale),
        code=problem.status,
        home="/" if principal_of(request) or session_cookie() in request.cookies else "/support",
    )


def _redirect_to_login(request: AnyRequest) -> Response[Any]:
    """Log in and come back. A page that fetches a fragment or follows a stream stays, with what was
    typed into it, and says that its session has ended (static/connection.js)."""
    follows = "text/event-stream" in request.headers.get("accept", "")
    if follows or request.headers.get("hx-request"):
        return Response("", status_code=HTTP_401_UNAUTHORIZED)
    came_from = urlsplit(request.headers.get("referer", ""))
    page_of_form = came_from.path if came_from.netloc == request.url.netloc else ""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = asked if request.method == "GET" else page_of_form
    return see_other(f"/login?next={quote(wanted, safe='')}" if wanted else "/login")
