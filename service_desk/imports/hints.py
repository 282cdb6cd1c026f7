"""What intake tells from a text where the file says nothing: category and safety (DESIGN §2.1)."""

from collections.abc import Sequence

from msgspec.structs import replace

from service_desk.imports.files.mapping import Mapping
from service_desk.imports.files.translating import ImportedRow
from service_desk.triage.categories import suggested_category
from service_desk.triage.safety_words import safety_words_in


async def with_suggestions(rows: Sequence[ImportedRow], mapping: Mapping) -> list[ImportedRow]:
    """The rows as `open_ticket` would have understood them."""
    hinted: list[ImportedRow] = []
    for row in rows:
        text = f"{row.subject}\n{row.description}"
        words = () if "severity" in mapping.fields else await safety_words_in(text)
        hinted.append(
            replace(
                row,
                category=row.category or await suggested_category(text),
                severity="safety" if words else row.severity,
                safety_words=words,
            )
        )
    return hinted
