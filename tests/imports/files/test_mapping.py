import msgspec
import pytest

from service_desk.errors import InvalidInput
from service_desk.imports.files.mapping import check_mapping, fill_template, read_mapping
from tests.imports.source_files import MAPPING


def test_toml_and_json_are_equivalent() -> None:
    from_toml = read_mapping(MAPPING)
    assert read_mapping(msgspec.json.encode(from_toml)) == from_toml
    assert read_mapping("\ufeff" + MAPPING) == from_toml


def test_a_bare_string_is_a_column() -> None:
    mapping = read_mapping(MAPPING)
    assert mapping.field("external_id").column == "Id"
    assert mapping.columns() == {
        "Id": "external_id", "Text": "subject", "Via": "channel", "Status": "state",
        "Day": "received_at", "Time": "received_at",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("invalid", "message"),
    [
        ("nonsense = ", "cannot be read"),
        ('{"source": 3}', "cannot be read"),
        (MAPPING.replace('"old"', '""'), "length >= 1"),
        (MAPPING.replace("subject =", "title ="), "fields.title is not a field of a ticket"),
        (MAPPING.replace('subject = "Text"', ""), "fields.subject is missing"),
        (MAPPING.replace("Asia/Shanghai", "Asia/Atlantis"), "Asia/Atlantis is not known"),
        ('encoding = "utf-99"\n' + MAPPING, "utf-99 is not known"),
        ('encoding = "undefined"\n' + MAPPING, "undefined is not known"),
        ('encoding = "punycode"\n' + MAPPING, "punycode is not known"),
        ('encoding = "idna"\n' + MAPPING, "idna is not known"),
        ('encoding = "base64"\n' + MAPPING, "base64 is not known"),
        (MAPPING + '\n[fields.kind]\ncolumn = "a"\nconstant = "b"', "exactly one of"),
        (MAPPING + '\n[fields.kind]\ncolumn = "a"\nformats = ["%d"]', "fields.kind is not a date"),
        (
            MAPPING + '\n[fields.kind]\ncolumn = "a"\notherwise = "repair"',
            "otherwise is given, but values is missing",
        ),
        (MAPPING + '\n[fields.kind]\nkolumn = "a"', "kolumn"),
        ("delimiter = ';;'\n" + MAPPING, "length <= 1"),
    ],
)
def test_the_error_names_what_is_invalid(invalid: str, message: str) -> None:
    with pytest.raises(InvalidInput) as rejected:
        read_mapping(invalid)
    assert message in str(rejected.value)
    assert rejected.value.field == "mapping"


def test_a_template_leaves_out_lines_without_values() -> None:
    row = {"Text": "Slow {internet}", "City": "Atlanta", "State [US]": "", "Note": ""}
    template = "{Text}\n{City}, {State [US]}\nNote: {Note}\nEnd"
    assert fill_template(template, row) == "Slow {internet}\nAtlanta, \nEnd"


@pytest.mark.parametrize("delimiter", ["\n", "\r", '"', "t", "\0"])
def test_an_impossible_delimiter_is_rejected(delimiter: str) -> None:
    mapping = msgspec.structs.replace(read_mapping(MAPPING), delimiter=delimiter)
    with pytest.raises(InvalidInput, match=r"delimiter .* cannot separate cells"):
        check_mapping(mapping)


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", " ", "^"])
def test_a_delimiter_that_separates_cells_is_accepted(delimiter: str) -> None:
    check_mapping(msgspec.structs.replace(read_mapping(MAPPING), delimiter=delimiter))
