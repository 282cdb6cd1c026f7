"""A mapping says how the columns of a file become tickets. docs/importing.md explains each key."""

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

    `formats` (strptime) are tried in order, value by value; ISO 8601 if there are none.
    `values` translates what the file says; a value that is not listed is refused, unless
    `otherwise` says what it becomes. `default` stands in for an empty value.
    """

    column: str | None = None
    template: str | None = None
    constant: str | None = None
    time_column: str | None = None
    formats: tuple[str, ...] = ()
    time_formats: tuple[str, ...] = ("%H:%M:%S", "%H:%M")
    transform: Transform | None = None
    values: dict[str, str] | None = None
    otherwise: str | None = None
    default: str | None = None

    def columns(self) -> tuple[str, ...]:
        named = (self.column, self.time_column, *template_columns(self.template or ""))
        return tuple(name for name in named if name is not None)


class CategoryNames(Struct, frozen=True, forbid_unknown_fields=True):
    """What a category is called, should the import have to make it."""

    en: str
    zh: str
    parent: str | None = None


class Mapping(Struct, frozen=True, forbid_unknown_fields=True):
    """`source` names the system the file comes from: a row's external id is unique within it.

    `timezone`: of dates without an offset; the desk's if not given. `sheet`: of a workbook, the
    first if not given. `clocks`: whether open tickets get SLA clocks (decision 0040).
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
        """The rule for a target; a bare string in the file is short for a column."""
        given = self.fields.get(target, Field())
        return Field(column=given) if isinstance(given, str) else given

    def columns(self) -> dict[str, str]:
        """Every column the mapping reads, with the first target that reads it."""
        read: dict[str, str] = {}
        for target in self.fields:
            for column in self.field(target).columns():
                read.setdefault(column, target)
        return read

    def zone(self, desk: ZoneInfo) -> ZoneInfo:
        return ZoneInfo(self.timezone) if self.timezone else desk


def read_mapping(text: str | bytes) -> Mapping:
    """A mapping from JSON or TOML. Raises InvalidInput naming the key and what is allowed."""
    raw = text if isinstance(text, bytes) else text.encode()
    decode = msgspec.json.decode if raw.lstrip()[:1] == b"{" else msgspec.toml.decode
    try:
        mapping = decode(raw.removeprefix(b"\xef\xbb\xbf"), type=Mapping)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise InvalidInput(
            "The mapping cannot be read: {reason}. It is TOML or JSON as docs/importing.md says.",
            field="mapping",
            reason=str(error),
        ) from error
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: Mapping) -> None:
    """Raises InvalidInput for a mapping that no file could fit."""
    for target in mapping.fields:
        if target not in TARGET_FIELDS:
            raise _mapping_error(
                "fields.{name} is no field of a ticket; those are {allowed}", target
            )
        _check_field(target, mapping.field(target))
    for target in REQUIRED_FIELDS:
        if target not in mapping.fields:
            raise _mapping_error("fields.{name} is missing: every ticket needs one", target)
    try:
        mapping.zone(ZoneInfo("UTC"))
    except (KeyError, ValueError, OSError) as error:
        raise _mapping_error("timezone {name} is not known; write one like Asia/Shanghai",
                       mapping.timezone or "") from error  # fmt: skip
    _check_delimiter(mapping.delimiter)
    try:
        _check_encoding("utf-8" if mapping.encoding == "auto" else mapping.encoding)
    except (LookupError, ValueError) as error:
        raise _mapping_error("encoding {name} is not known; common ones are utf-8, gb18030, "
                       "windows-1252, or auto", mapping.encoding) from error  # fmt: skip


def _check_delimiter(delimiter: str) -> None:
    if delimiter.isalnum() or delimiter in '"\r\n\0':
        raise _mapping_error("delimiter {name} cannot part the cells of a line; write one such as "
                       "\",\", \";\", \"|\" or \"\\t\" (a tab)", repr(delimiter))  # fmt: skip


def _check_encoding(name: str) -> None:
    """Raises LookupError for what is none, ValueError for what no file is written in."""
    if codecs.lookup(name).name in UNSUPPORTED_ENCODINGS:
        raise ValueError(name)
    "".encode(name)  # refuses codecs that are not of text, like base64


def template_columns(template: str) -> tuple[str, ...]:
    """The columns a template names: "{City}, {State}" gives City and State."""
    return tuple(name for name in _PLACEHOLDER.findall(template) if name)


def fill_template(template: str, row: dict[str, str]) -> str:
    """The template with the row's values; lines whose placeholders are all empty are left out."""
    lines: list[str] = []
    for line in template.splitlines():
        names = template_columns(line)
        if not names or any(row.get(name) for name in names):
            lines.append(_PLACEHOLDER.sub(lambda found: row.get(found[1], ""), line))
    return "\n".join(lines)


# Columns may have any name, so that str.format, which reads "." and "[", will not do.
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def _check_field(target: str, field: Field) -> None:
    ways = [way for way in (field.column, field.template, field.constant) if way is not None]
    if len(ways) != 1:
        raise _mapping_error(
            "fields.{name} needs exactly one of column, template, constant", target
        )
    if (field.formats or field.time_column) and target not in DATE_FIELDS:
        raise _mapping_error(
            "fields.{name} is no date: formats and time_column are for {dates}", target
        )
    if field.otherwise is not None and field.values is None:
        raise _mapping_error("fields.{name}: otherwise says what becomes of values not listed in "
                       "values, which is missing", target)  # fmt: skip


def _mapping_error(reason: str, name: str) -> InvalidInput:
    told = reason.format(name=name, allowed=", ".join(TARGET_FIELDS), dates=", ".join(DATE_FIELDS))
    return InvalidInput("The mapping does not fit: {reason}.", field="mapping", reason=told)
