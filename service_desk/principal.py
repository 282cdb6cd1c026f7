"""Who is calling: a member of staff, their role, and the scopes of this call."""

from typing import Literal

from msgspec import Struct

Role = Literal["agent", "supervisor", "admin"]


ROLES: tuple[Role, ...] = ("agent", "supervisor", "admin")
"""Each role may do all that those before it may."""


AGENT_SCOPES = frozenset(
    {
        *("tickets:read", "tickets:write", "customers:read", "customers:write"),
        *("suppliers:read", "repairs:read", "repairs:write", "reports:read", "sla:read"),
    }
)


SUPERVISOR_SCOPES = AGENT_SCOPES | {
    *("suppliers:write", "reports:write", "imports:read", "imports:write", "sla:write"),
    *("webhooks:read", "webhooks:write"),
}


ADMIN_SCOPES = SUPERVISOR_SCOPES | {"admin"}


SCOPES_OF_ROLE: dict[str, frozenset[str]] = {
    "agent": AGENT_SCOPES,
    "supervisor": SUPERVISOR_SCOPES,
    "admin": ADMIN_SCOPES,
}


ALL_SCOPES = "all"


class Principal(Struct, frozen=True):
    """A member of staff who is calling. `scopes`: what this call may do, by role and token."""

    staff_id: int
    email: str
    name: str
    role: Role
    locale: str
    scopes: frozenset[str]

    def is_at_least(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def actor(self) -> str:
        """How the history names this person."""
        return f"staff:{self.staff_id}"


def allowed_scopes(role: str, granted: list[str]) -> frozenset[str]:
    """What a token may do today: what it was given, as far as the owner's role reaches."""
    of_role = SCOPES_OF_ROLE[role]
    return of_role if ALL_SCOPES in granted else of_role & frozenset(granted)
