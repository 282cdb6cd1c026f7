import pytest

from service_desk.errors import InvalidInput
from service_desk.imports.files.reading import OTHER_FILES, read_rows, readable
from tests.imports.source_files import HEADER, ROWS, csv_of, mapping


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_csv_in_any_encoding(encoding: str) -> None:
    named = "encoding = 'gb18030'\n" if encoding == "gb18030" else ""
    rows = list(read_rows(csv_of(encoding=encoding), mapping(named)))
    assert [row.values["Text"] for row in rows] == [row[1] for row in ROWS]
    assert [row.line for row in rows] == [2, 3, 4]


def test_an_encoding_in_the_mapping_is_used() -> None:
    content = csv_of((("1", "Café", "2015-04-08", "1:00:00 AM", "Net", "Open"),), encoding="cp1252")
    (row,) = read_rows(content, mapping('encoding = "windows-1252"\n'))
    assert row.values["Text"] == "Café"


def test_only_the_row_that_cannot_be_decoded_is_rejected() -> None:
    content = csv_of().replace(b"Overcharged", b"Over\xffcharged")
    rows = list(read_rows(content, mapping('encoding = "utf-8"\n')))
    assert [row.problem for row in rows] == [None, "is not valid in the encoding of the file", None]


def test_line_numbers_count_line_breaks_in_cells() -> None:
    content = b'Id,Text,Day,Time,Via,Status\n1,"two\nlines",,,,\n\n,,,,,\n2,b,,,,\n'
    assert [(row.line, row.values["Id"]) for row in read_rows(content, mapping())] == [
        (2, "1"),
        (6, "2"),
    ]


def test_values_are_stripped_of_spaces_and_nuls() -> None:
    (row,) = read_rows(b"Id,Text,Day,Time,Via,Status\n 1 ,a\0b\t,,,,", mapping())
    assert (row.values["Id"], row.values["Text"]) == ("1", "ab")


def test_the_columns_of_a_refusal_are_named_without_nuls() -> None:
    with pytest.raises(InvalidInput, match="Its columns are: Idea, Text") as refused:
        read_rows(b"Id\0ea,\0Text\n1,a\n", mapping('encoding = "utf-8"\n'))
    assert "\0" not in str(refused.value)


def test_a_row_with_too_many_cells_is_rejected_a_short_one_accepted() -> None:
    content = csv_of(((*ROWS[0], "too", "many"), ROWS[1][:3]))
    long, short = read_rows(content, mapping())
    assert long.problem == "has 8 cells, but the header has 6"
    assert short.problem is None
    assert short.values == dict(zip(HEADER, ROWS[1][:3], strict=False))


def test_a_cell_that_is_too_large_rejects_only_its_row() -> None:
    huge = ("9", "x" * 200_000, "2015-04-08", "1:00:00 AM", "Net", "Open")
    rows = list(read_rows(csv_of((ROWS[0], huge, ROWS[1])), mapping()))
    assert [row.problem is None for row in rows] == [True, False, True]
    assert "has a cell of more than 131,072 characters" in str(rows[1].problem)


def test_semicolons_as_delimiter() -> None:
    rows = list(read_rows(csv_of(delimiter=";"), mapping("delimiter = ';'\n")))
    assert [row.values["Id"] for row in rows] == ["1", "2", "3"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,,\n"])
def test_a_file_without_a_header_is_rejected(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="no header"):
        read_rows(content, mapping())


def test_two_columns_of_one_name_are_refused_if_the_mapping_reads_them() -> None:
    rows = [(*row, "again") for row in ROWS]
    with pytest.raises(InvalidInput, match="2 columns named “Text”"):
        read_rows(csv_of(rows, header=(*HEADER, "Text")), mapping())
    twice = [(*row, "again") for row in rows]
    (first, *_) = read_rows(csv_of(twice, header=(*HEADER, "Note", "Note")), mapping())
    assert first.values["Text"] == ROWS[0][1]


def test_a_missing_column_is_named_with_the_existing_ones() -> None:
    with pytest.raises(InvalidInput) as rejected:
        read_rows(csv_of(header=("Id", "Text", "Day", "Time", "Via", "State")), mapping())
    assert "reads the column “Status”" in str(rejected.value)
    assert "Id, Text, Day, Time, Via, State" in str(rejected.value)


@pytest.mark.parametrize("magic", OTHER_FILES)
async def test_other_files_are_refused_by_their_kind(magic: bytes) -> None:
    with pytest.raises(InvalidInput, match="Save it as CSV"):
        await readable(magic + b"\0" * 100, mapping())
