"""The words that a ticket is found by follow what is put right and added later.

Its messages do so by themselves, by the triggers of migrations/m0006_search.py.
"""

from collections.abc import Mapping

from service_desk.database import fetch

FOUND_BY = ("subject", "product", "serial_number", "external_id", "resolution")

# Added to the words there are: of a ticket with many messages these are not made once more.
_FIND_BY = "UPDATE ticket SET search = coalesce(search, '') || search_words($2) WHERE id = $1"


async def find_by(ticket: int, columns: Mapping[str, str | None]) -> None:
    """After these columns of the ticket have changed."""
    if words := " ".join(columns[name] or "" for name in FOUND_BY if name in columns).strip():
        await fetch(_FIND_BY, ticket, words)
