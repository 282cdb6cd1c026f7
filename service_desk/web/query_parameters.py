"""The query parameters of an address: a mistyped one is an error, not silently ignored."""

from functools import cache
from typing import Annotated, Any

from litestar import Request
from litestar.datastructures import MultiDict
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.params import QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.typing import FieldDefinition
from msgspec import Struct

from service_desk.errors import InvalidInput
from service_desk.input_types import MAX_ID
from service_desk.paging import MAX_LIMIT
from service_desk.web.access import principal_of

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)]
"""How many of a list, at most."""
IdOf = Annotated[int | None, QueryParameter(ge=1, le=MAX_ID)]
After = Annotated[
    str | None, QueryParameter(description="Where a list goes on: `next` of the page before.")
]


class KnownParameter(Struct, frozen=True):
    """`name`: as in the address. `shape`: the type of its value."""

    name: str
    shape: Any


class RejectUnknownParameters(ASGIMiddleware):
    """For REST. Callers who are not logged in get that answer first, from the guards."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        if principal_of(request) is not None:
            check_parameter_names(request.query_params.keys(), request.route_handler)
            _check_given_once(request.query_params)
        await next_app(scope, receive, send)


def check_parameter_names(given: Any, handler: BaseRouteHandler) -> None:
    """Raises InvalidInput for the first one that the handler does not have."""
    allowed = [known.name for known in query_parameters(handler).values()]
    unknown = next((name for name in given if name not in allowed), None)
    if unknown is None:
        return
    if not allowed:
        raise InvalidInput(
            "There is no parameter {name} here: this address takes none.",
            field=unknown,
            name=unknown,
        )
    raise InvalidInput(
        "There is no parameter {name} here (allowed: {allowed}).",
        field=unknown,
        name=unknown,
        allowed=", ".join(allowed),
    )


def _check_given_once(given: MultiDict[str]) -> None:
    """None of ours is a list: of two values, one would be dropped silently. Raises InvalidInput."""
    for name in given:
        if len(given.getall(name)) > 1:
            raise InvalidInput(
                "{name} is given more than once, and takes one value.", field=name, name=name
            )


@cache
def query_parameters(handler: BaseRouteHandler) -> dict[str, KnownParameter]:
    """By the name of the argument; those of dependencies too."""
    found: dict[str, KnownParameter] = {}
    if not isinstance(handler, HTTPRouteHandler):
        return found
    signatures = [handler.parsed_fn_signature]
    for name, provider in handler.resolve_dependencies().items():
        if name in handler.parsed_fn_signature.parameters:
            signatures.append(provider.parsed_fn_signature)
    for signature in signatures:
        for name, field in signature.parameters.items():
            if isinstance(field.kwarg_definition, QueryParameter):
                found[name] = KnownParameter(_name(field) or name, field.annotation)
    return found


def _name(field: FieldDefinition) -> str | None:
    definition = field.kwarg_definition
    return definition.name if isinstance(definition, QueryParameter) else None
