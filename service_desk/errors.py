"""What can go wrong, for people.

DeskError                    500
├── InvalidInput             400   names the field and what is allowed
│   └── Ambiguous            422   names what it may mean
├── NotLoggedIn              401
├── NotAllowed               403
├── NotFound                 404
├── Conflict                 409   names the present state
│   ├── Overtaken            409   names who changed what
│   └── MoveNotAllowed       409
├── TooManyRequests          429
└── Unavailable              503   with Retry-After

A message is an English sentence with {placeholders}; pages translate it before they are filled in.
A Conflict's parameter `state` is always the present state. Every sentence says what happened, what
is allowed, or what to do next.
"""

from functools import partial
from typing import Any, ClassVar


class StateCode(str):
    """The present state of what a Conflict is about. `group`: of its names (i18n/names.py)."""

    def __new__(cls, code: str, group: str = "state") -> "StateCode":
        made = super().__new__(cls, code)
        made.group = group
        return made

    group: str


class Sentences(tuple["DeskError", ...]):
    """Several sentences as one parameter of another."""

    def __str__(self) -> str:
        return " ".join(map(str, self))


class DeskError(Exception):
    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, message: str, *, field: str | None = None, **params: object) -> None:
        self.message = message
        self.field = field
        self.params = params
        super().__init__(message.format(**params))

    def __reduce__(self) -> Any:
        """Raised in another process, it arrives as it was."""
        return partial(type(self), self.message, field=self.field, **self.params), ()


class InvalidInput(DeskError):
    status, code, title = 400, "invalid-input", "The input does not fit"


class Ambiguous(InvalidInput):
    """It could be read in several ways, and a guess may be wrong."""

    status, code, title = 422, "ambiguous", "This can mean several things"


class NotLoggedIn(DeskError):
    status, code, title = 401, "not-logged-in", "Log in first"


class NotAllowed(DeskError):
    status, code, title = 403, "not-allowed", "Not allowed"


class NotFound(DeskError):
    status, code, title = 404, "not-found", "Not found"


class Conflict(DeskError):
    status, code, title = 409, "conflict", "In conflict with the present state"


class Overtaken(Conflict):
    """A save that rests on what somebody changed meanwhile; names who and what."""

    code, title = "overtaken", "Somebody else was faster"


class MoveNotAllowed(Conflict):
    code, title = "move-not-allowed", "The ticket is in another state"


class TooManyRequests(DeskError):
    status, code, title = 429, "too-many-requests", "Too many requests"


class Unavailable(DeskError):
    status, code, title = 503, "unavailable", "Not available at the moment"
