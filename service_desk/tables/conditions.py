"""SQL made from the vocabularies of rules/, so that a value is declared once: the constraints of
the tables, and conditions that statements share."""

from collections.abc import Sequence

from service_desk.rules.tickets.states import ENDED


def one_of(column: str, values: Sequence[str]) -> str:
    """The column holds one of these values (or null, if it may)."""
    return f"{column} IN ({_listed(values)})"


def all_of(column: str, values: Sequence[str]) -> str:
    """Each element of the array is one of these values."""
    return f"{column} <@ ARRAY[{_listed(values)}]::varchar[]"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


HAS_ENDED = one_of("state", ENDED)
"""Of a ticket, after its alias and a dot, if it has one: `t.{HAS_ENDED}`."""
IS_OPEN = f"state NOT IN ({_listed(ENDED)})"
"""The same. As in the partial indexes of the queues, which are read only by this condition."""


def queue_order(ticket: str = "") -> str:
    """Of tickets, as their indexes have it (DESIGN §2.4): a matter of safety with a clock running
    or overdue stands before all others; without such a clock, a ticket comes last, by age."""
    return (
        f"({ticket}severity <> 'safety' OR {ticket}rank_at IS NULL), "
        f"coalesce({ticket}rank_at, 'infinity'), {ticket}received_at, {ticket}id"
    )
