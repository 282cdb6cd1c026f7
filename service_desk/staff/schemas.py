"""Structs of staff: forms, choices, accounts."""

from typing import Annotated

from msgspec import Meta, Struct

from service_desk.principal import Role
from service_desk.rules.words.languages import Locale

LoginEmail = Annotated[str, Meta(max_length=254)]


class LoginForm(Struct, forbid_unknown_fields=False):
    email: LoginEmail = ""
    password: Annotated[str, Meta(max_length=1000)] = ""
    next: Annotated[str, Meta(max_length=2000)] = ""


class LanguageForm(Struct):
    locale: Locale
    back: Annotated[str, Meta(max_length=2000)] = ""


class StaffMember(Struct, frozen=True):
    """Someone a ticket can be assigned to."""

    id: int
    name: str
    email: str
    role: Role


class StaffAccount(Struct, frozen=True):
    """For administrators. `tokens`: those not revoked."""

    id: int
    name: str
    email: str
    role: Role
    active: bool
    open_tickets: int
    tokens: int
