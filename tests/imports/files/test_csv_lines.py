import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.imports.files.csv_lines import (
    MAX_CELL,
    NEVER_CLOSED,
    SWALLOWS_ROWS,
    TEXT_AFTER_QUOTE,
    Line,
    csv_lines,
)

HEADER = ["Case", "Title", "Day", "Phone"]


def is_row(header: Sequence[str], cells: Sequence[str]) -> bool:
    return len(cells) == len(header) and cells[0].startswith("Q") and cells[2].startswith("2026-")


def read(text: str) -> list[Line]:
    return list(csv_lines(text, ",", is_row))[1:]


def lines_of(*rows: str) -> str:
    return "\n".join([",".join(HEADER), *rows])


def row(number: int, title: str | None = None) -> str:
    return f"Q{number},{title or f'complaint {number}'},2026-03-0{number},1380003200{number}"


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ('"hose 1/2""', SWALLOWS_ROWS),  # the stray quote makes two of the last one
        ('"never closed', SWALLOWS_ROWS),
        ('"hose" 1/2', TEXT_AFTER_QUOTE),
    ],
)
@pytest.mark.parametrize("place", [1, 3, 5])
def test_a_broken_quote_costs_its_own_row(broken: str, problem: str, place: int) -> None:
    rows = [row(number, broken if number == place else None) for number in range(1, 6)]
    read_back = read(lines_of(*rows))
    assert [line.number for line in read_back] == [2, 3, 4, 5, 6]
    wrong = [line for line in read_back if line.problem]
    assert [line.number for line in wrong] == [place + 1]
    assert wrong[0].problem == problem
    assert [line.cells[0] for line in read_back if not line.problem] == [
        f"Q{number}" for number in range(1, 6) if number != place
    ]


def test_two_broken_quotes_do_not_make_a_pair() -> None:
    text = lines_of(row(1), row(2, '"one'), row(3), row(4, 'two"'), row(5))
    assert [line.problem for line in read(text)] == [None, SWALLOWS_ROWS, None, None, None]


def test_a_quote_in_the_last_column_that_takes_in_the_next_row() -> None:
    text = 'Case,Day,Title\nQ1,2026-03-01,"open\nQ2,2026-03-02,"closed"\nQ3,2026-03-03,c'

    def reads_like_row(header: Sequence[str], cells: Sequence[str]) -> bool:
        return len(cells) == len(header) and cells[1].startswith("2026-")

    found = list(csv_lines(text, ",", reads_like_row))[1:]
    assert [(line.number, line.cells[:1]) for line in found] == [(2, []), (3, ["Q2"]), (4, ["Q3"])]


def test_line_ends_in_a_cell_are_text_and_counted() -> None:
    found = read(lines_of(row(1, '"two\nlines, and a ""word"""'), "", row(2)))
    assert [(line.number, line.cells[1]) for line in found] == [
        (2, 'two\nlines, and a "word"'),
        (5, "complaint 2"),
    ]


def test_a_quote_within_a_cell_is_text() -> None:
    (line,) = read(lines_of(row(1, 'hose 1/2" wide')))
    assert line.cells[1] == 'hose 1/2" wide'


def test_nothing_after_an_open_quote_reads_like_a_row() -> None:
    found = read(lines_of(row(1), '"open', "more text", "the end"))
    assert found[1].problem == NEVER_CLOSED
    assert [line.cells for line in found[2:]] == [["more text"], ["the end"]]


def test_a_cell_without_end_stops_at_its_limit() -> None:
    filler = [f"text {number}" for number in range(MAX_CELL // 5)]
    found = read(lines_of('Q1,"open', *filler, row(2)))
    assert (found[0].number, found[0].problem) == (2, NEVER_CLOSED)
    assert found[-1].cells[0] == "Q2"


CELLS = st.lists(
    st.text(st.sampled_from('a,"\n\r x中;'), max_size=8).filter(
        lambda cell: "\r" not in cell  # line ends come back as \n
    ),
    min_size=1,
    max_size=4,
)


@given(st.lists(CELLS, max_size=6))
def test_what_csv_writes_is_read(rows: list[list[str]]) -> None:
    """The oracle: Python's own reader, which is right where the quoting holds."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([["h"] * 9, *rows])
    text = out.getvalue()
    expected = [
        cells
        for cells in csv.reader(io.StringIO(text.replace("\r\n", "\n")))
        if any(map(str.strip, cells))
    ]
    assert [line.cells for line in csv_lines(text, ",", is_row)] == expected


@given(
    st.lists(
        st.sampled_from(["plain", '"quoted, ""so"""', '"two\nlines"']), min_size=1, max_size=5
    ),
    st.data(),
)
def test_one_stray_quote_changes_no_other_row(titles: list[str], data: st.DataObject) -> None:
    rows = [row(number % 9, title) for number, title in enumerate(titles, 1)]
    place = data.draw(st.integers(0, len(rows) - 1))
    cell = titles[place]
    at = data.draw(st.integers(0, len(cell)))
    broken = [*rows]
    broken[place] = row((place + 1) % 9, f'{cell[:at]}"{cell[at:]}')
    whole = {line.cells[3]: line.cells for line in read(lines_of(*rows))}
    found = read(lines_of(*broken))
    others = {phone: cells for phone, cells in whole.items() if phone != whole_phone(rows, place)}
    kept = {line.cells[3]: line.cells for line in found if len(line.cells) == len(HEADER)}
    assert others.items() <= kept.items()


def whole_phone(rows: list[str], place: int) -> str:
    return rows[place].rpartition(",")[2]
