"""Turns a row of the file into a ticket to create, or into the reasons to reject it. No I/O."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from service_desk.contacts.email_addresses import to_email
from service_desk.contacts.phone_numbers import PhoneNumber, typed_phone
from service_desk.errors import InvalidInput
from service_desk.imports.files.dates import FIRST_YEAR, parse_date
from service_desk.imports.files.mapping import (
    DATE_FIELDS,
    REQUIRED_FIELDS,
    ColumnMapping,
    Field,
    fill_template,
)
from service_desk.imports.files.reading import FileRow
from service_desk.rules.customers.tiering import TIERS, Tier
from service_desk.rules.tickets.states import AUTO_CLOSE_AFTER, ENDED, TICKET_STATES, TicketState
from service_desk.rules.tickets.vocabulary import (
    CAUSES,
    CHANNELS,
    KINDS,
    MAX_SUBJECT_LENGTH,
    SEVERITIES,
    Cause,
    Channel,
    Kind,
    Severity,
)
from service_desk.rules.words.languages import LOCALES, Locale, language_of

ALLOWED: dict[str, tuple[str, ...]] = {
    "kind": KINDS,
    "severity": SEVERITIES,
    "channel": CHANNELS,
    "state": TICKET_STATES,
    "cause": CAUSES,
    "locale": LOCALES,
    "tier": TIERS,
}
MAX_LENGTHS = {
    "external_id": 100, "category": 60, "supplier": 200, "product": 200, "serial_number": 100,
    "customer_name": 200, "customer_email": 254, "region": 100, "description": 20_000,
    "resolution": 20_000,
}  # fmt: skip
DEFAULTS = {"kind": "complaint", "severity": "normal", "channel": "api", "cause": "unknown"}
MAX_CLOCK_SKEW = timedelta(days=1)  # the other clock, or a date without time, may be ahead


_DECIMAL = re.compile(r"[0-9]{5,15}\.0+")


class RowProblem(Struct, frozen=True):
    """Why a row is rejected. `column`: of the file; None for the whole row."""

    line: int
    column: str | None
    reason: str


class ImportedRow(Struct, frozen=True):
    """A valid row, to become a ticket. Times are UTC; None: the file leaves it out."""

    line: int
    external_id: str
    subject: str
    description: str
    received_at: datetime
    kind: Kind
    severity: Severity
    channel: Channel
    state: TicketState
    locale: Locale
    cause: Cause
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    auto_closed: bool = False
    date_unknown: bool = False  # resolved or closed, without a date in the file
    resolution: str = ""
    category: str | None = None
    supplier: str | None = None
    product: str | None = None
    serial_number: str | None = None
    region: str | None = None
    tier: Tier | None = None
    customer_name: str = ""
    customer_phone: str | None = None
    customer_extension: str | None = None
    customer_email: str | None = None
    safety_words: tuple[str, ...] = ()  # those that raised the severity


class DeskDefaults(Struct, frozen=True):
    """The desk's settings that rows are read with."""

    zone: ZoneInfo
    locale: Locale
    region: str


def parse_row(
    row: FileRow, mapping: ColumnMapping, desk: DeskDefaults, now: datetime
) -> ImportedRow | list[RowProblem]:
    """The row as a ticket, or everything wrong with it."""
    if row.problem is not None:
        return [RowProblem(row.line, None, f"The row {row.problem}.")]
    parsed: dict[str, Any] = {}
    problems: list[RowProblem] = []
    zone = mapping.zone(desk.zone)
    for target in mapping.fields:
        field = mapping.field(target)
        try:
            value = _value(target, field, row.values, zone, desk)
        except _InvalidValue as error:
            column = error.column or next(iter(field.columns()), None)
            problems.append(RowProblem(row.line, column, str(error)))
        else:
            if value is not None:
                parsed[target] = value
    if not problems:
        problems = _check_dates(row.line, parsed, mapping, now)
    return problems or _build_row(row.line, parsed, desk, now)


class _InvalidValue(Exception):
    def __init__(self, reason: str, column: str | None = None) -> None:
        self.column = column
        super().__init__(reason)


def _value(
    target: str, field: Field, values: dict[str, str], zone: ZoneInfo, desk: DeskDefaults
) -> str | datetime | PhoneNumber | None:
    text = _text(field, values)
    if not text:
        if target in REQUIRED_FIELDS:
            raise _InvalidValue(f"Empty, but {target} is required.")
        return None
    if target in DATE_FIELDS:
        return _timestamp(text, field, values, zone)
    if target in ALLOWED and text not in ALLOWED[target]:
        raise _InvalidValue(
            f"“{text[:60]}” is not a valid {target}; allowed: {', '.join(ALLOWED[target])}."
        )
    if target in MAX_LENGTHS and len(text) > MAX_LENGTHS[target]:
        raise _InvalidValue(f"Longer than {MAX_LENGTHS[target]} characters ({len(text)}).")
    if target == "customer_phone":
        return _phone(text, desk.region)
    if target == "customer_email":
        return _email(text)
    return text


def _text(field: Field, values: dict[str, str]) -> str:
    if field.constant is not None:
        return field.constant
    if field.template is not None:
        text = fill_template(field.template, values)
    else:
        text = values.get(field.column or "", "")
    text = text.strip()
    text = "" if text in field.empty else _transform(text, field)
    if text and field.values is not None:
        translated = field.values.get(text, field.otherwise)
        if translated is None:
            listed = ", ".join(list(field.values)[:20])
            raise _InvalidValue(f"“{text[:60]}” is not in the values of the mapping: {listed}.")
        text = translated
    return text or field.default or ""


def _transform(text: str, field: Field) -> str:
    match field.transform:
        case "first_letter":
            return text[:1].upper()
        case "first_item":
            return text.replace("，", ",").replace(";", ",").split(",")[0].strip()
        case "lower":
            return text.lower()
        case "upper":
            return text.upper()
        case None:
            return text


def _timestamp(text: str, field: Field, values: dict[str, str], zone: ZoneInfo) -> datetime:
    day = parse_date(text, field.formats)
    if day is None:
        raise _format_error(text, "date", field.formats or ("ISO 8601",))
    if field.time_column is not None and (clock := values.get(field.time_column)):
        hour = parse_date(clock, field.time_formats)
        if hour is None:
            raise _format_error(clock, "time", field.time_formats, field.time_column)
        day = datetime.combine(day.date(), hour.time(), day.tzinfo)
    if day.year < FIRST_YEAR:
        raise _InvalidValue(f"“{text[:60]}” is before {FIRST_YEAR}: is the year complete?")
    aware = day if day.tzinfo is not None else day.replace(tzinfo=zone)
    try:
        return aware.astimezone(UTC)
    except OverflowError as error:
        raise _InvalidValue(f"“{text[:60]}” is out of range.") from error


def _format_error(
    text: str, kind: str, formats: tuple[str, ...], column: str | None = None
) -> _InvalidValue:
    tried = ", ".join(formats)
    return _InvalidValue(
        f"“{text[:60]}” is not a {kind} in any format of the mapping: {tried}.", column
    )


def _phone(text: str, region: str) -> PhoneNumber:
    """A number of a spreadsheet, 13800138000.0, is read without its decimals."""
    whole = re.sub(r"(?<=[0-9])\.0+$", "", text) if _DECIMAL.fullmatch(text) else text
    try:
        return typed_phone(whole, region)
    except InvalidInput as error:
        raise _InvalidValue(str(error)) from error


def _email(text: str) -> str:
    try:
        return to_email(text)
    except InvalidInput as error:
        raise _InvalidValue(str(error)) from error


def _check_dates(
    line: int, parsed: dict[str, Any], mapping: ColumnMapping, now: datetime
) -> list[RowProblem]:
    problems: list[RowProblem] = []
    received: datetime = parsed["received_at"]
    for target in DATE_FIELDS:
        if (moment := parsed.get(target)) is None:
            continue
        column = next(iter(mapping.field(target).columns()), None)
        if moment > now + MAX_CLOCK_SKEW:
            problems.append(RowProblem(line, column, f"{target} is in the future."))
        elif moment < received:
            problems.append(RowProblem(line, column, f"{target} is before received_at."))
    return problems


def _build_row(line: int, parsed: dict[str, Any], desk: DeskDefaults, now: datetime) -> ImportedRow:
    subject: str = parsed.pop("subject")
    description: str = parsed.pop("description", "") or subject
    if len(subject) > MAX_SUBJECT_LENGTH:
        if subject not in description:
            description = f"{subject}\n\n{description}"
        subject = subject[: MAX_SUBJECT_LENGTH - 1] + "…"
    locale = parsed.pop("locale", None) or language_of(f"{subject} {description}", desk.locale)
    number: PhoneNumber | None = parsed.pop("customer_phone", None)
    if number is not None:
        parsed |= {"customer_phone": number.e164, "customer_extension": number.extension}
    values: dict[str, Any] = {**DEFAULTS, **_lifecycle(parsed, now), **parsed}
    return ImportedRow(line=line, subject=subject, description=description, locale=locale, **values)


def _lifecycle(parsed: dict[str, Any], now: datetime) -> dict[str, Any]:
    """State and dates, made consistent: a resolved ticket has a time, known or assumed.

    What was resolved long ago closed by itself then, not at the worker's next look.
    """
    closed_at: datetime | None = parsed.pop("closed_at", None)
    resolved_at: datetime | None = parsed.pop("resolved_at", None) or closed_at
    state: str = parsed.pop("state", None) or (
        "closed" if closed_at else "resolved" if resolved_at else "open"
    )
    if state not in ENDED:
        return {"state": state}
    known = resolved_at or parsed["received_at"]
    auto_closed = state == "resolved" and known + AUTO_CLOSE_AFTER <= now
    if auto_closed:
        state, closed_at = "closed", known + AUTO_CLOSE_AFTER
    return {
        "state": state,
        "resolved_at": known,
        "closed_at": (closed_at or known) if state == "closed" else None,
        "auto_closed": auto_closed,
        "date_unknown": resolved_at is None,
    }
