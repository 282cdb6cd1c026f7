"""The words that a ticket is found by follow what is put right and added later.

Its messages do so by themselves, by the triggers of migrations/m0006_search.py.
"""

from collections.abc import Set

from service_desk.database import fetch

FOUND_BY = {"subject", "product", "serial_number", "external_id", "resolution"}

_FIND_BY = """
UPDATE ticket SET search = coalesce(search, '') || search_words(
    concat_ws(' ', subject, product, serial_number, external_id, resolution)) WHERE id = $1
"""


async def find_by(ticket: int, changed: Set[str]) -> None:
    """After these columns of the ticket have changed."""
    if changed & FOUND_BY:
        await fetch(_FIND_BY, ticket)
