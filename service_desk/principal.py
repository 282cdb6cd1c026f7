"""Who is calling: a member of staff, their role, and the scopes of this call."""

from typing import Literal, get_args

from msgspec import Struct

from service_desk.rules.words.languages import Locale

Role = Literal["agent", "supervisor", "admin"]

ROLES: tuple[Role, ...] = get_args(Role)
"""Each role may do everything that the ones before it may."""
SUPERVISOR_ROLES = ROLES[ROLES.index("supervisor") :]

# Who else caused an event in a ticket's history, beside staff.
CUSTOMER = "customer"
SYSTEM = "system"

AGENT_SCOPES = frozenset(
    {
        *("tickets:read", "tickets:write", "customers:read", "customers:write"),
        *("suppliers:read", "reports:read", "sla:read"),
    }
)

SUPERVISOR_SCOPES = AGENT_SCOPES | {
    *("suppliers:write", "imports:read", "imports:write", "sla:write"),
    *("webhooks:read", "webhooks:write"),
}

# What only administrators may do is on pages; REST has no scope for it yet.
SCOPES_OF_ROLE: dict[str, frozenset[str]] = {
    "agent": AGENT_SCOPES,
    "supervisor": SUPERVISOR_SCOPES,
    "admin": SUPERVISOR_SCOPES,
}

SCOPES = frozenset[str]().union(*SCOPES_OF_ROLE.values())

ALL_SCOPES = "all"
"""In place of a list: every scope of the owner's role."""


class Principal(Struct, frozen=True):
    """The member of staff who is calling. `scopes`: what this call may do, by role and token."""

    staff_id: int
    email: str
    name: str
    role: Role
    locale: Locale
    scopes: frozenset[str]

    def is_at_least(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def actor(self) -> str:
        """This person in the history of a ticket."""
        return staff_actor(self.staff_id)


def staff_actor(staff_id: int) -> str:
    """A member of staff in the history of a ticket."""
    return f"staff:{staff_id}"


def is_staff(actor: str) -> bool:
    return actor.startswith("staff:")


def allowed_scopes(role: str, granted: list[str]) -> frozenset[str]:
    """What a token may do now: the scopes it was given that its owner's role still has."""
    of_role = SCOPES_OF_ROLE[role]
    return of_role if ALL_SCOPES in granted else of_role & frozenset(granted)


def staff_id_of(actor: str) -> int | None:
    """None if it is nobody of the staff."""
    return int(actor.partition(":")[2]) if is_staff(actor) else None
