from service_desk.database import fetch
from service_desk.imports.files.mapping import ColumnMapping
from tests.imports.importing import events, fields_of, imported, ticket
from tests.imports.source_files import ROWS, csv_of, mapping


async def test_safety_words_raise_the_severity_unless_it_is_mapped(desk: str) -> None:
    rows = (("1", "Smoke from the heater", *ROWS[1][2:]),)
    await imported(csv_of(rows))
    assert (await ticket("1"))["severity"] == "safety"
    assert [type_ for type_, _ in await events("1")] == ["ticket.opened", "severity.raised"]
    rules = mapping("")
    fields = {**rules.fields, "severity": rules.field("subject").__class__(constant="low")}
    await imported(csv_of(rows), ColumnMapping(**fields_of(rules, source="b", fields=fields)))
    assert [row[0] for row in await fetch("SELECT severity FROM ticket ORDER BY id")] == [
        "safety", "low",
    ]  # fmt: skip
