"""What people mean by what they typed, as SQL: customers, suppliers, assets, by whatever is known.

The search and the lists of each use the same conditions. Words are found by the indexes over
`search_words`, numbers by indexes over what is left of them without spaces and dashes.
"""

from msgspec import Struct

from service_desk.contacts.phone_numbers import e164_prefixes
from service_desk.database import fetch, fetch_value
from service_desk.rules.tickets.sought import Sought, read_sought, serial_letters
from service_desk.rules.words.typos import meanings
from service_desk.settings import get_settings

LAST_CHARACTER = "\U0010ffff"

# Expressions of indexes of migrations/m0006_search.py, which must be written as there.
SERIAL = "serial_letters({}.serial_number)"
PHONE_END = "reverse({}.phone)"
CUSTOMER_WORDS = """search_words({0}.name || ' ' || coalesce({0}.email, '') || ' '
    || coalesce({0}.phone || ' ' || right({0}.phone, 4), ''))"""
SUPPLIER_WORDS = """search_words({0}.name || ' ' || {0}.contact_name || ' '
    || coalesce({0}.email, ''))"""
ASSET_WORDS = "search_words({0}.product)"


def begins_with(expression: str, argument: str) -> str:
    """A condition that is one range of an index with text_pattern_ops, with an argument too."""
    return f"{expression} ~>=~ {argument} AND {expression} ~<~ ({argument} || '{LAST_CHARACTER}')"


class Found(Struct, frozen=True):
    """`ids`: a query of the ids that are meant, with $1 words, $2 and $3 numbers. `known`: one that
    tells whether a row has a word."""

    ids: str
    known: str


# $2: ends of phone numbers, reversed as in the index, or beginnings of serial numbers; $3:
# beginnings of phone numbers.
FOUND_CUSTOMERS = Found(
    ids=f"""
SELECT f.id FROM customer f WHERE {CUSTOMER_WORDS.format("f")} @@ $1::tsquery
UNION SELECT f.id FROM unnest($2::text[]) AS sought (phone_end)
    JOIN customer f ON {begins_with(PHONE_END.format("f"), "sought.phone_end")}
UNION SELECT f.id FROM unnest($3::text[]) AS sought (beginning)
    JOIN customer f ON {begins_with("f.phone", "sought.beginning")}
""",
    known=f"SELECT FROM customer f WHERE {CUSTOMER_WORDS.format('f')} @@ word::tsquery",
)
FOUND_SUPPLIERS = Found(
    ids=f"""
SELECT f.id FROM supplier f WHERE {SUPPLIER_WORDS.format("f")} @@ $1::tsquery
    AND $3::text[] IS NOT NULL
UNION SELECT f.id FROM unnest($2::text[]) AS sought (phone_end)
    JOIN supplier f ON {begins_with(PHONE_END.format("f"), "sought.phone_end")}
""",
    known=f"SELECT FROM supplier f WHERE {SUPPLIER_WORDS.format('f')} @@ word::tsquery",
)
FOUND_ASSETS = Found(
    ids=f"""
SELECT f.id FROM asset f WHERE {ASSET_WORDS.format("f")} @@ $1::tsquery
    AND $3::text[] IS NOT NULL
UNION SELECT f.id FROM unnest($2::text[]) AS sought (serial)
    JOIN asset f ON {begins_with(SERIAL.format("f"), "sought.serial")}
""",
    known=f"SELECT FROM asset f WHERE {ASSET_WORDS.format('f')} @@ word::tsquery",
)

Arguments = tuple[str | None, list[str], list[str]]
ALL: Arguments = (None, [], [])
ANY = "$1::text IS NULL AND $2::text[] IS NOT NULL AND $3::text[] IS NOT NULL"
"""The condition of a list that is not filtered by a text, with the arguments ALL."""


async def customers_meant(q: str) -> Arguments:
    """Arguments of FOUND_CUSTOMERS."""
    return await _meant(FOUND_CUSTOMERS, q, *phone_arguments(read_sought(q)))


async def suppliers_meant(q: str) -> Arguments:
    """Arguments of FOUND_SUPPLIERS."""
    return await _meant(FOUND_SUPPLIERS, q, *phone_arguments(read_sought(q)))


async def assets_meant(q: str) -> Arguments:
    """Arguments of FOUND_ASSETS. Among assets only, a serial number may be of a letter or two."""
    as_typed, without_label = serial_letters(q), read_sought(q).serial
    serials = [serial for serial in dict.fromkeys((as_typed, without_label)) if serial]
    return await _meant(FOUND_ASSETS, q, serials, [])


async def _meant(found: Found, q: str, first: list[str], second: list[str]) -> Arguments:
    """By the words as they stand; if nothing is found by them, by words that are almost those."""
    sought = read_sought(q)
    arguments = (sought.words, first, second)
    if not sought.words or await fetch_value(f"SELECT EXISTS ({found.ids})", *arguments):
        return arguments
    return (await almost(sought, found.known) or sought.words, first, second)


def phone_arguments(sought: Sought) -> tuple[list[str], list[str]]:
    """Ends of phone numbers, reversed as in the index, and beginnings of them."""
    ends = [digits[::-1] for digits in sought.phone_ends]
    return ends, list(e164_prefixes(sought.text, get_settings().region)) if ends else []


async def almost(sought: Sought, *known: str) -> str | None:
    """A tsquery of words that exist in one of `known` and are almost those of the text."""
    statement = known_words(*known)
    found: list[str] = []
    for alternatives in meanings(sought.text):
        existing = [row["word"] for row in await fetch(statement, list(alternatives))]
        if not existing:
            return None
        found.append(" | ".join(f"({word})" for word in existing))
    return " & ".join(f"({words})" for words in found) or None


def known_words(*known: str) -> str:
    """Which of the words $1 there are. OFFSET 0: each is a look into the index; a join would be
    planned, and may read a table from end to end for each of some hundred words."""
    exists = " OR ".join(f"EXISTS ({query} OFFSET 0)" for query in known)
    return f"SELECT word FROM unnest($1::text[]) AS word WHERE {exists}"
