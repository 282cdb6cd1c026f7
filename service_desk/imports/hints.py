"""Category and safety, taken from the text where the file leaves them out (DESIGN §2.1)."""

from collections.abc import Sequence

from msgspec.structs import replace

from service_desk.imports.files.mapping import ColumnMapping
from service_desk.imports.files.row_parsing import ImportedRow
from service_desk.triage.categories import suggested_category
from service_desk.triage.safety_words import safety_words_in


async def with_suggestions(
    rows: Sequence[ImportedRow], mapping: ColumnMapping
) -> list[ImportedRow]:
    """The rows with what `open_ticket` would have added."""
    suggested: list[ImportedRow] = []
    for row in rows:
        body = f"{row.subject}\n{row.description}"
        words = () if "severity" in mapping.fields else await safety_words_in(body)
        suggested.append(
            replace(
                row,
                category=row.category or await suggested_category(body),
                severity="safety" if words else row.severity,
                safety_words=words,
            )
        )
    return suggested
