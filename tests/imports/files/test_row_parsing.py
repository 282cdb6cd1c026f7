from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.imports.files.mapping import read_mapping
from service_desk.imports.files.reading import FileRow
from service_desk.imports.files.row_parsing import DeskDefaults, ImportedRow, RowProblem, parse_row
from tests.imports.source_files import HEADER, MAPPING, ROWS

DESK = DeskDefaults(ZoneInfo("Asia/Shanghai"), "zh", "CN")
NOW = datetime(2026, 10, 15, tzinfo=UTC)


def row(*cells: str, header: tuple[str, ...] = HEADER) -> FileRow:
    return FileRow(2, dict(zip(header, cells, strict=True)))


def ticket_of(source: FileRow, more: str = "") -> ImportedRow:
    parsed = parse_row(source, read_mapping(MAPPING + more), DESK, NOW)
    assert isinstance(parsed, ImportedRow), parsed
    return parsed


def problems_of(source: FileRow, more: str = "") -> list[RowProblem]:
    parsed = parse_row(source, read_mapping(MAPPING + more), DESK, NOW)
    assert isinstance(parsed, list)
    return parsed


def test_dates_are_read_in_each_format_in_the_zone_of_the_mapping() -> None:
    assert ticket_of(row(*ROWS[0])).received_at == datetime(2015, 4, 22, 7, 53, 50, tzinfo=UTC)
    assert ticket_of(row(*ROWS[1])).received_at == datetime(2015, 4, 8, 2, 22, 56, tzinfo=UTC)
    assert ticket_of(row(*ROWS[2])).received_at == datetime(2015, 4, 30, 16, 0, tzinfo=UTC)


def test_values_are_translated_and_the_language_detected() -> None:
    first, second, third = (ticket_of(row(*cells)) for cells in ROWS)
    assert (first.channel, first.state, first.locale) == ("call", "closed", "en")
    assert (second.channel, second.state) == ("web", "open")
    assert (third.state, third.locale) == ("waiting_customer", "zh")
    assert (first.kind, first.severity, first.cause) == ("complaint", "normal", "unknown")


def test_an_end_without_a_date_is_marked() -> None:
    closed = ticket_of(row(*ROWS[0]))
    assert closed.date_unknown
    assert closed.resolved_at == closed.closed_at == closed.received_at
    dated = ticket_of(
        row(*ROWS[0], "2015-04-24", header=(*HEADER, "Done")),
        '\n[fields.resolved_at]\ncolumn = "Done"\n',
    )
    assert not dated.date_unknown
    assert dated.resolved_at == dated.closed_at == datetime(2015, 4, 23, 16, tzinfo=UTC)


def test_a_missing_state_follows_from_the_dates() -> None:
    more = '\n[fields.resolved_at]\ncolumn = "Status"\n'
    before, _, rest = MAPPING.partition("[fields.state]")
    without = read_mapping(before + rest[rest.index("[") :] + more)
    done = parse_row(row(*ROWS[0][:5], "2015-04-24"), without, DESK, NOW)
    still = parse_row(row(*ROWS[0][:5], ""), without, DESK, NOW)
    assert isinstance(done, ImportedRow)
    assert isinstance(still, ImportedRow)
    assert (done.state, still.state) == ("closed", "open")  # resolved, and a week went by


def test_words_for_nothing_are_empty() -> None:
    phone = '\n[fields.customer_phone]\ncolumn = "Phone"\n'
    cells = row(*ROWS[0], "无", header=(*HEADER, "Phone"))
    assert "“无” is not a phone number" in problems_of(cells, phone)[0].reason
    assert ticket_of(cells, f'{phone}empty = ["无", "-"]\n').customer_phone is None
    assert ticket_of(cells, f'{phone}empty = ["无"]\ndefault = "13800138000"\n').customer_phone


def test_every_problem_of_a_row_is_reported_with_its_column() -> None:
    problems = problems_of(row("", "Slow", "31-31-15", "noon", "Fax", "Lost"))
    assert [(p.line, p.column) for p in problems] == [
        (2, "Id"), (2, "Via"), (2, "Status"), (2, "Day"),
    ]  # fmt: skip
    assert problems[1].reason == "“Fax” is not in the values of the mapping: Call, Net."
    assert "%d-%m-%y, %Y-%m-%d" in problems[3].reason
    (time,) = problems_of(row(*ROWS[0][:3], "noon", *ROWS[0][4:]))
    assert time.column == "Time"


def test_dates_must_be_possible() -> None:
    (future,) = problems_of(row("1", "a", "2031-01-01", "", "Call", "Open"))
    assert future.reason == "received_at is in the future."
    (before,) = problems_of(
        row(*ROWS[0], "2015-04-01", header=(*HEADER, "Done")),
        '\n[fields.resolved_at]\ncolumn = "Done"\n',
    )
    assert before.reason == "resolved_at is before received_at."
    (ancient,) = problems_of(row("1", "a", "0001-01-01", "", "Call", "Open"))
    assert ancient.reason == "“0001-01-01” is before 1970: is the year complete?"


@pytest.mark.parametrize(
    ("rule", "value", "reason"),
    [
        ('severity = "Text"', "grave", "“grave” is not a valid severity; allowed: safety, high"),
        ('customer_phone = "Text"', "call me", "is not a phone number"),
        ('customer_email = "Text"', "me at home", "is not an e-mail address"),
        ('product = "Text"', "x" * 201, "Longer than 200 characters (201)"),
        ('tier = "Text"', "D", "allowed: A, B, C"),
    ],
)
def test_invalid_values_are_rejected(rule: str, value: str, reason: str) -> None:
    (problem,) = problems_of(row("1", value, *ROWS[0][2:]), "\n" + _field(rule))
    assert reason in problem.reason


def _field(rule: str) -> str:
    name, column = rule.split(" = ")
    return f"[fields.{name}]\ncolumn = {column}\n"


def test_contacts_and_transforms() -> None:
    header = (*HEADER, "Phone", "Mail", "Code")
    more = (
        _field('customer_phone = "Phone"') + _field('customer_email = "Mail"')
        + '[fields.category]\ncolumn = "Code"\ntransform = "first_letter"\n'
        'values = { A = "engine" }\notherwise = "other"\n'
    )  # fmt: skip
    person = ticket_of(
        row(*ROWS[1], "138 0013 8000", "Li@Example.COM", "a35,b2", header=header), more
    )
    assert (person.customer_phone, person.customer_email) == ("+8613800138000", "li@example.com")
    assert person.category == "engine"
    assert ticket_of(row(*ROWS[1], "", "", "Z9", header=header), more).category == "other"
    assert ticket_of(row(*ROWS[1], "", "", "", header=header), more).category is None


def test_a_long_subject_is_cut_and_kept_in_the_description() -> None:
    long = "word " * 60
    cut = ticket_of(row("1", long, *ROWS[1][2:]))
    assert len(cut.subject) == 200
    assert cut.subject.endswith("…")
    assert cut.description == long.strip()


ANY_ROW = st.tuples(
    st.sampled_from(["1", "", "x" * 101]) | st.text(max_size=20),
    st.sampled_from(["Slow", "太慢了", "x" * 300]) | st.text(max_size=20),
    st.sampled_from(["22-04-15", "2015-04-08", "31-31-15", "2031-01-01"]) | st.text(max_size=10),
    st.sampled_from(["3:53:50 PM", ""]) | st.text(max_size=10),
    st.sampled_from(["Call", "Net", "Fax"]),
    st.sampled_from(["Open", "Closed", "Pending", "Lost", ""]),
)


@given(ANY_ROW)
def test_any_row_is_parsed_or_rejected_with_reasons(cells: tuple[str, ...]) -> None:
    parsed = parse_row(row(*cells), read_mapping(MAPPING), DESK, NOW)
    if isinstance(parsed, list):
        assert parsed
        assert all(problem.line == 2 and problem.reason for problem in parsed)
    else:
        assert parsed.received_at <= NOW + timedelta(days=1)
        assert 1 <= len(parsed.external_id) <= 100
        assert 1 <= len(parsed.subject) <= 200
        assert (parsed.resolved_at is None) == (parsed.state != "closed")
