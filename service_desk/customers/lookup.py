"""Customers suggested while a phone number, e-mail address or name is being typed."""

from service_desk.contacts.finding import FoundCustomer
from service_desk.contacts.phone_numbers import e164_prefixes
from service_desk.database import fetch_as
from service_desk.finding import LAST_CHARACTER
from service_desk.settings import get_settings

MAX_SUGGESTIONS = 6  # as many as an agent takes in at a glance
MIN_EMAIL_LENGTH, MIN_NAME_LENGTH = 3, 2

# Only customers who can be reached: a name alone would not find them again at intake.
SUGGEST = """
SELECT id, name, phone, email, locale, tier, opted_out_at, region, phone_extension FROM customer
WHERE ({prefixes}) AND coalesce(phone, email) IS NOT NULL
ORDER BY last_contact_at DESC NULLS LAST, id DESC LIMIT $1
"""
# One condition for each prefix, and how many there are depends on what is typed: as one condition
# over a list of prefixes it would use no index.
# The operators of the prefix indexes, so that a prefix is one range of an index.
HAS_PREFIX = "({column} ~>=~ ${first} AND {column} ~<~ ${last})"


async def suggest_customers(phone: str, email: str, name: str) -> list[FoundCustomer]:
    """Those whose number, address or name starts with what is typed, latest contact first; up to
    MAX_SUGGESTIONS + 1. Input too short to narrow anything down finds nobody."""
    prefixes = _prefixes(phone, email, name)
    if not prefixes:
        return []
    conditions = (
        HAS_PREFIX.format(column=column, first=2 * position, last=2 * position + 1)
        for position, (column, _) in enumerate(prefixes, 1)
    )
    return await fetch_as(
        FoundCustomer,
        SUGGEST.format(prefixes=" OR ".join(conditions)),
        MAX_SUGGESTIONS + 1,
        *(bound for _, prefix in prefixes for bound in (prefix, prefix + LAST_CHARACTER)),
    )


def _prefixes(phone: str, email: str, name: str) -> list[tuple[str, str]]:
    """What to search for, each with its column."""
    prefixes = [("phone", number) for number in e164_prefixes(phone, get_settings().region)]
    for column, text, min_length in (
        ("email", email, MIN_EMAIL_LENGTH),
        ("lower(name)", name, MIN_NAME_LENGTH),
    ):
        typed = text.replace("\0", "").strip().lower()
        if len(typed) >= min_length:
            prefixes.append((column, typed))
    return prefixes
