"""What an exception means to the caller: a DeskError with a sentence that may be shown."""

import errno
import re
import traceback
from typing import Any

import asyncpg
from litestar.exceptions import HTTPException, ValidationException

from service_desk.errors import (
    DeskError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    TooManyRequests,
    Unavailable,
)
from service_desk.i18n.translate import N_
from service_desk.web.access import AnyRequest
from service_desk.web.validation_messages import explain_body, explain_validation_error

DISK_RETRY_AFTER = 60  # seconds
BODY_READER = "litestar/_kwargs/extractors.py"
_MISSING_PARAMETER = re.compile(r"Missing required \w+ parameter '(.+?)'")


class MethodNotAllowed(DeskError):
    status, code, title = 405, "method-not-allowed", N_("Not possible here")


class PayloadTooLarge(DeskError):
    status, code, title = 413, "too-large", N_("Too large")


class CsrfFailed(NotAllowed):
    code, title = "csrf", N_("This page was open for too long")


class ClientGone(DeskError):
    """The client hung up before its body was there: nobody waits for the answer."""

    status, code, title = 499, "client-gone", N_("Disconnected")


def as_desk_error(error: Exception, request: AnyRequest) -> DeskError:
    """Any exception as a DeskError, with a sentence that may be shown."""
    if isinstance(error, DeskError):
        return error
    if isinstance(error, ValidationException):
        return _from_validation_error(error, request)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _from_http_exception(error, request)
    if isinstance(error, HTTPException) and "client disconnected" in error.detail:
        return ClientGone("The client hung up.")
    if is_undecodable_body(error):
        return InvalidInput("The body cannot be read: it must be UTF-8, and not nested too deep.")
    if is_unstorable(error):
        return InvalidInput(
            "A text holds a character that cannot be stored (NUL), or a number or time is too "
            "large. Correct it and send it again."
        )
    if is_disk_full(error):
        return Unavailable(
            "The desk's disk is full: nothing was stored. What is there can still be read. Tell "
            "whoever runs the desk.",
            retry_after=DISK_RETRY_AFTER,
        )
    if is_database_unavailable(error):
        return Unavailable(
            "The desk cannot reach its database at the moment. Nothing was stored. "
            "Please try again in a few seconds."
        )
    return DeskError("Something went wrong on our side. It is in the log; please try again.")


def is_undecodable_body(error: BaseException) -> bool:
    """Whether the request's body is to blame, and not a text of ours."""
    return isinstance(error, UnicodeDecodeError | RecursionError) and any(
        frame.filename.endswith(BODY_READER) for frame in traceback.extract_tb(error.__traceback__)
    )


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


def is_disk_full(error: BaseException) -> bool:
    """Of the database, or of the attachments."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, asyncpg.DiskFullError)


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


def _from_validation_error(error: ValidationException, request: AnyRequest) -> DeskError:
    findings = _findings(error)
    problems = [explain_validation_error(one, request.route_handler) for one in findings]
    if any(finding.get("source") == "body" for finding in findings):
        problems += explain_body(_json_of(request), request.route_handler)
    if problems:
        first = problems[0]
        errors = {one.field: str(one.reason) for one in problems if one.field is not None}
        return InvalidInput(
            "The input does not fit: {reason}.",
            field=first.field,
            reason=first.reason,
            errors=[{"field": field, "reason": reason} for field, reason in errors.items()],
        )
    if missing := _MISSING_PARAMETER.match(error.detail):
        return InvalidInput("{name} is missing.", field=missing[1], name=missing[1])
    return InvalidInput("The input does not fit: {reason}.", reason=error.detail)


def _json_of(request: AnyRequest) -> Any:
    """The body as it was read for the handler."""
    return request._connection_state.json  # pyright: ignore[reportPrivateUsage] - a second read would wait


def _findings(error: ValidationException) -> list[dict[str, str]]:
    return [found for found in error.extra or [] if isinstance(found, dict)]


def _body_limit(error: HTTPException, request: AnyRequest) -> str:
    """In MB: that of the text of a form, if the error names it, else of the route's body."""
    if isinstance(error.extra, dict) and "max" in error.extra:
        size = error.extra["max"]
    else:
        size = request.route_handler.resolve_request_max_body_size() or 0
    return f"{size / 1024**2:.3g}"


def _from_http_exception(error: HTTPException, request: AnyRequest) -> DeskError:
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
            return PayloadTooLarge(
                "What was sent is too large: at most {max} MB can be taken here. Nothing was "
                "stored. Send less at a time.",
                max=_body_limit(error, request),
            )
        case 429:
            return TooManyRequests("Too many requests. Please wait a moment.")
        case _:
            return InvalidInput("The input does not fit: {reason}.", reason=error.detail)
