"""Error responses: RFC 9457 problem documents for programs, a page for people.

The cause of an error of ours is not shown to the caller. It is in the log, with its traceback; only
`--dev`, which serves this machine only, shows it in the browser.
"""

import re
from contextlib import suppress
from typing import Any, cast
from urllib.parse import quote

import asyncpg
import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.exceptions.responses import (
    create_debug_response,  # pyright: ignore[reportUnknownVariableType] - Litestar's is untyped
)
from litestar.status_codes import HTTP_404_NOT_FOUND
from litestar.types import Receive, Scope, Send

from service_desk.errors import (
    DeskError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    TooManyRequests,
    Unavailable,
)
from service_desk.i18n.translate import N_, translate
from service_desk.staff.authentication import identify_caller, session_cookie
from service_desk.web.access import AnyRequest, principal_of
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other
from service_desk.web.validation_messages import explain_validation_error

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
_MISSING_PARAMETER = re.compile(r"Missing required \w+ parameter '(.+?)'")


class MethodNotAllowed(DeskError):
    status, code, title = 405, "method-not-allowed", N_("Not possible here")


class PayloadTooLarge(DeskError):
    status, code, title = 413, "too-large", N_("Too large")


class CsrfFailed(NotAllowed):
    code, title = "csrf", N_("This page was open for too long")


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


def as_desk_error(error: Exception, request: AnyRequest) -> DeskError:
    """Any exception as a DeskError, with a sentence that may be shown."""
    if isinstance(error, DeskError):
        return error
    if isinstance(error, ValidationException):
        return _from_validation_error(error, request)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _from_http_exception(error)
    if is_unstorable(error):
        return InvalidInput(
            "A text holds a character that cannot be stored (NUL), or a number or time is too "
            "large. Correct it and send it again."
        )
    if is_database_unavailable(error):
        return Unavailable(
            "The desk cannot reach its database at the moment. Nothing was stored. "
            "Please try again in a few seconds."
        )
    return DeskError("Something went wrong on our side. It is in the log; please try again.")


def is_unstorable(error: BaseException) -> bool:
    """Whether PostgreSQL cannot hold a value of the request: NUL, or beyond a type's range.

    The last net below each input's own limits.
    """
    if type(error) is asyncpg.DataError:  # raised by the driver itself, without a query
        return "out of" in str(error) or "utf-8" in str(error)
    return isinstance(
        error,
        asyncpg.CharacterNotInRepertoireError
        | asyncpg.UntranslatableCharacterError
        | asyncpg.NumericValueOutOfRangeError,
    )


def is_database_unavailable(error: BaseException) -> bool:
    """Whether PostgreSQL could not be reached, or went away during the request."""
    if isinstance(error, asyncpg.InterfaceError):  # also raised for wrong arguments
        return any(word in str(error) for word in ("connection", "pool"))
    return isinstance(
        error,
        asyncpg.PostgresConnectionError
        | asyncpg.CannotConnectNowError
        | asyncpg.TooManyConnectionsError
        | asyncpg.AdminShutdownError
        | asyncpg.CrashShutdownError
        | asyncpg.InternalClientError  # the connection broke between BEGIN and its answer
        | OSError
        | TimeoutError,
    )


def _log(request: AnyRequest, problem: DeskError, error: Exception) -> None:
    """By route, not by path: that of a tracking page contains the customer's token."""
    route = cast(dict[str, Any], request.scope).get("path_template")
    if isinstance(problem, Unavailable):
        log.warning("unavailable", route=route, error=repr(error))
    elif problem.status >= 500:
        log.error("request failed", route=route, exc_info=error)


def _from_validation_error(error: ValidationException, request: AnyRequest) -> DeskError:
    for found in _findings(error):
        problem = explain_validation_error(found, request.route_handler)
        return InvalidInput(
            "The input does not fit: {reason}.", field=problem.field, reason=problem.reason
        )
    if missing := _MISSING_PARAMETER.match(error.detail):
        return InvalidInput("{name} is missing.", field=missing[1], name=missing[1])
    return InvalidInput("The input does not fit: {reason}.", reason=error.detail)


def _findings(error: ValidationException) -> list[dict[str, str]]:
    return [found for found in error.extra or [] if isinstance(found, dict)]


def _from_http_exception(error: HTTPException) -> DeskError:
    match error.status_code:
        case 401:
            return NotLoggedIn("Log in, or send a valid token: Authorization: Bearer <token>.")
        case 403 if "CSRF" in error.detail:
            return CsrfFailed("Go back, load the page again, and send the form once more.")
        case 403:
            return NotAllowed("You may not do this.")
        case 404:
            return NotFound("There is nothing at this address.")
        case 405:
            return MethodNotAllowed("This address cannot be used in this way.")
        case 413:
            return PayloadTooLarge("What was sent is too large.")
        case 429:
            return TooManyRequests("Too many requests. Please wait a moment.")
        case _:
            return InvalidInput("The input does not fit: {reason}.", reason=error.detail)


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
        msgspec.json.encode(content | known, enc_hook=str),
        status_code=problem.status,
        media_type="application/problem+json",
    )
    if problem.status == NotLoggedIn.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


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
    """Log in and come back. For a fragment fetched by htmx, the whole page goes there."""
    if request.headers.get("hx-request"):
        return Response("", status_code=HTTP_404_NOT_FOUND, headers={"HX-Redirect": "/login"})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return see_other(
        f"/login?next={quote(wanted, safe='')}" if request.method == "GET" else "/login"
    )
