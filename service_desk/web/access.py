"""Who may call what: the caller, and the guards that every route names.

The caller of a page is known by the session cookie, that of REST (`/api/…`) by the bearer token,
never the other way round: a foreign site cannot make a logged-in browser call the API.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler

from service_desk.errors import NotAllowed, NotLoggedIn
from service_desk.principal import ROLES, SCOPES, SCOPES_OF_ROLE, Principal, Role

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]
"""Litestar would run one that is not `async` in a thread, which costs more than most guards do."""


AnyRequest = Request[Any, Any, Any]
"""Of anybody, logged in or not."""

StaffRequest = Request[Principal, None, State]
"""A request behind a guard: `request.user` is there."""


async def PUBLIC(connection: Connection, handler: BaseRouteHandler) -> None:  # noqa: N802 - a marker
    """Anyone may call: customers' pages, login, health. (Webhooks name `signed_by_twilio`.)"""


async def needs_staff(connection: Connection, handler: BaseRouteHandler) -> None:
    require_principal(connection)


async def needs_supervisor(connection: Connection, handler: BaseRouteHandler) -> None:
    _needs_role(connection, "supervisor")


async def needs_admin(connection: Connection, handler: BaseRouteHandler) -> None:
    _needs_role(connection, "admin")


def needs_scope(scope: str) -> Guard:
    """A guard for REST: the token holds that scope, and its owner's role still allows it."""
    if scope not in SCOPES:
        raise ValueError(f"{scope} is not a scope")

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        caller = require_principal(connection)
        if scope in caller.scopes:
            return
        if scope not in SCOPES_OF_ROLE[caller.role]:
            raise NotAllowed(
                "This needs the scope {scope}, which the role {own} does not have. Use the token "
                "of a person with the role {role}.",
                scope=scope,
                own=caller.role,
                role=_least_role(scope),
            )
        raise NotAllowed(
            "This token lacks the scope {scope}. Make one that has it: "
            "service-desk create-token --user {email} --scopes {scope}",
            scope=scope,
            email=caller.email,
        )

    return guard


def require_principal(connection: Connection) -> Principal:
    """The caller; raises NotLoggedIn."""
    principal = principal_of(connection)
    if principal is None:
        raise NotLoggedIn("Log in, or send a valid token: Authorization: Bearer <token>.")
    return principal


def principal_of(connection: Connection) -> Principal | None:
    """The caller, if known. None where authentication did not run, as for an unknown path."""
    return cast(dict[str, Any], connection.scope).get("user")


def _least_role(scope: str) -> Role:
    return next(role for role in ROLES if scope in SCOPES_OF_ROLE[role])


def _needs_role(connection: Connection, role: Role) -> None:
    if not require_principal(connection).is_at_least(role):
        raise NotAllowed(
            "This needs the role {role}; yours is {own}.",
            role=role,
            own=require_principal(connection).role,
        )
