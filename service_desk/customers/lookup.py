"""Customers found while their number, address or name is being typed."""

from service_desk.contacts.finding import FoundCustomer
from service_desk.contacts.phone_numbers import e164_prefixes
from service_desk.database import fetch_as
from service_desk.settings import get_settings

MAX_FOUND = 6  # as many as one takes in at a glance
MIN_EMAIL_LENGTH, MIN_NAME_LENGTH = 3, 2
_LAST = "\U0010ffff"


async def suggest_customers(phone: str, email: str, name: str) -> list[FoundCustomer]:
    """Those whose number, address or name begins so, the last spoken to first; up to MOST + 1.

    Only who can be reached: a name alone would not find them again. Too little to go by finds
    nobody.
    """
    wanted = [("phone", number) for number in e164_prefixes(phone, get_settings().region)]
    for column, text, least in (
        ("email", email, MIN_EMAIL_LENGTH),
        ("lower(name)", name, MIN_NAME_LENGTH),
    ):
        beginning = text.replace("\0", "").strip().lower()
        if len(beginning) >= least:
            wanted.append((column, beginning))
    if not wanted:
        return []
    # These operators are those of the indexes, so that a beginning is a range of one.
    either = " OR ".join(
        f"({column} ~>=~ ${2 * place} AND {column} ~<~ ${2 * place + 1})"
        for place, (column, _) in enumerate(wanted, 1)
    )
    return await fetch_as(
        FoundCustomer,
        "SELECT id, name, phone, email, locale, tier, opted_out_at, region FROM customer "
        f"WHERE ({either}) AND coalesce(phone, email) IS NOT NULL "
        "ORDER BY last_contact_at DESC NULLS LAST, id DESC LIMIT $1",
        MAX_FOUND + 1,
        *(bound for _, beginning in wanted for bound in (beginning, beginning + _LAST)),
    )
