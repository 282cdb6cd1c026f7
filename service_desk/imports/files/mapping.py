"""A mapping describes how the columns of a file become tickets. docs/importing.md explains it."""

import codecs
import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from service_desk.errors import InvalidInput

Transform = Literal["first_letter", "first_item", "lower", "upper"]
Source = Annotated[str, Meta(min_length=1, max_length=60)]

TARGET_FIELDS = (
    *("external_id", "subject", "description", "received_at", "kind", "severity", "channel"),
    *("state", "resolved_at", "closed_at", "resolution", "category", "cause", "supplier"),
    *("product", "serial_number", "locale", "region", "tier"),
    *("customer_name", "customer_phone", "customer_email"),
)
REQUIRED_FIELDS = ("external_id", "subject", "received_at")
UNSUPPORTED_ENCODINGS = ("idna", "punycode", "undefined")
DATE_FIELDS = ("received_at", "resolved_at", "closed_at")


class Field(Struct, frozen=True, forbid_unknown_fields=True):
    """Where one field of a ticket comes from: a column, a template of columns, or a constant.

    `formats` (strptime) are tried in order for each value; none: ISO 8601. `values` translates the
    values of the file; one that is not listed is rejected, or becomes `otherwise` if that is given.
    `empty` are values that stand for none, like "n/a" or "无"; `default` replaces an empty value.
    """

    column: str | None = None
    template: str | None = None
    constant: str | None = None
    time_column: str | None = None
    formats: tuple[str, ...] = ()
    time_formats: tuple[str, ...] = ("%H:%M:%S", "%H:%M")
    transform: Transform | None = None
    empty: tuple[str, ...] = ()
    values: dict[str, str] | None = None
    otherwise: str | None = None
    default: str | None = None

    def columns(self) -> tuple[str, ...]:
        named = (self.column, self.time_column, *template_columns(self.template or ""))
        return tuple(name for name in named if name is not None)


class CategoryNames(Struct, frozen=True, forbid_unknown_fields=True):
    """The names of a category, if the import has to create it."""

    en: str
    zh: str
    parent: str | None = None


class ColumnMapping(Struct, frozen=True, forbid_unknown_fields=True):
    """`source` names the system that the file comes from; external ids are unique within it.

    `timezone`: of dates without an offset; default: the desk's. `sheet`: of a workbook; default:
    the first. `clocks`: whether open tickets get SLA clocks (decision 0040).
    """

    source: Source
    fields: dict[str, Field | str]
    encoding: str = "auto"
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    timezone: str | None = None
    sheet: str | None = None
    clocks: bool = False
    categories: dict[str, CategoryNames] = {}

    def field(self, target: str) -> Field:
        """Where a target comes from; in the file a bare string is short for a column."""
        field = self.fields.get(target, Field())
        return Field(column=field) if isinstance(field, str) else field

    def columns(self) -> dict[str, str]:
        """Every column that the mapping reads, with the first target that reads it."""
        read: dict[str, str] = {}
        for target in self.fields:
            for column in self.field(target).columns():
                read.setdefault(column, target)
        return read

    def zone(self, desk: ZoneInfo) -> ZoneInfo:
        return ZoneInfo(self.timezone) if self.timezone else desk


def read_mapping(text: str | bytes) -> ColumnMapping:
    """Parse JSON or TOML. Raises InvalidInput, which names the key and what is allowed."""
    raw = text if isinstance(text, bytes) else text.encode()
    decode = msgspec.json.decode if raw.lstrip()[:1] == b"{" else msgspec.toml.decode
    try:
        mapping = decode(raw.removeprefix(b"\xef\xbb\xbf"), type=ColumnMapping)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise InvalidInput(
            "The mapping cannot be read: {reason}. It must be TOML or JSON, see docs/importing.md.",
            field="mapping",
            reason=str(error),
        ) from error
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: ColumnMapping) -> None:
    """Raises InvalidInput for a mapping that cannot work with any file."""
    for target in mapping.fields:
        if target not in TARGET_FIELDS:
            raise _mapping_error(
                "fields.{name} is not a field of a ticket; allowed: {allowed}", target
            )
        _check_field(target, mapping.field(target))
    for target in REQUIRED_FIELDS:
        if target not in mapping.fields:
            raise _mapping_error("fields.{name} is missing, but required", target)
    try:
        mapping.zone(ZoneInfo("UTC"))
    except (KeyError, ValueError, OSError) as error:
        raise _mapping_error(
            "timezone {name} is not known; use a name like Asia/Shanghai", mapping.timezone or ""
        ) from error
    _check_delimiter(mapping.delimiter)
    try:
        _check_encoding("utf-8" if mapping.encoding == "auto" else mapping.encoding)
    except (LookupError, ValueError) as error:
        raise _mapping_error(
            "encoding {name} is not known; common ones are auto, utf-8, gb18030 and windows-1252",
            mapping.encoding,
        ) from error


def _check_delimiter(delimiter: str) -> None:
    if delimiter.isalnum() or delimiter in '"\r\n\0':
        raise _mapping_error(
            'delimiter {name} cannot separate cells; use one like ",", ";", "|" or "\\t" (a tab)',
            repr(delimiter),
        )


def _check_encoding(name: str) -> None:
    """Raises LookupError if it is unknown, ValueError if files are not written in it."""
    if codecs.lookup(name).name in UNSUPPORTED_ENCODINGS:
        raise ValueError(name)
    "".encode(name)  # raises for codecs that are not of text, like base64


def template_columns(template: str) -> tuple[str, ...]:
    """The columns in a template: "{City}, {State}" gives City and State."""
    return tuple(name for name in _PLACEHOLDER.findall(template) if name)


def fill_template(template: str, row: dict[str, str]) -> str:
    """The template with the values of the row; a line whose columns are all empty is left out."""
    lines: list[str] = []
    for line in template.splitlines():
        names = template_columns(line)
        if not names or any(row.get(name) for name in names):
            lines.append(_PLACEHOLDER.sub(lambda found: row.get(found[1], ""), line))
    return "\n".join(lines)


# Not str.format: it interprets "." and "[", and a column may have any name.
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def _check_field(target: str, field: Field) -> None:
    sources = [one for one in (field.column, field.template, field.constant) if one is not None]
    if len(sources) != 1:
        raise _mapping_error(
            "fields.{name} needs exactly one of column, template, constant", target
        )
    if (field.formats or field.time_column) and target not in DATE_FIELDS:
        raise _mapping_error(
            "fields.{name} is not a date; formats and time_column are for {dates}", target
        )
    if field.otherwise is not None and field.values is None:
        raise _mapping_error("fields.{name}: otherwise is given, but values is missing", target)


def _mapping_error(reason: str, name: str) -> InvalidInput:
    text = reason.format(name=name, allowed=", ".join(TARGET_FIELDS), dates=", ".join(DATE_FIELDS))
    return InvalidInput("The mapping is invalid: {reason}.", field="mapping", reason=text)
