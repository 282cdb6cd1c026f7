"""A policy as the fields of a form: hours and minutes, checkboxes, rows of levels."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from service_desk.errors import InvalidInput
from service_desk.rules.codes import Code, code_from
from service_desk.rules.customers.tiering import TIERS
from service_desk.rules.policies.policies import (
    ALWAYS,
    RECIPIENTS,
    Match,
    Policy,
    Recipient,
)
from service_desk.rules.tickets.vocabulary import (
    CHANNELS,
    CLOCKS_WITH_TARGET,
    KINDS,
    SEVERITIES,
)
from service_desk.sla_settings.form_values import FormLists, text_of, version_edited

MINUTE, HOUR = 60, 3600
SPARE_LEVELS = 2  # empty rows, for adding levels without JavaScript
MAX_ROWS = 20
MATCHED = ("kinds", "channels", "severities", "tiers", "suppliers")


class LevelRow(Struct, frozen=True):
    percent: str
    recipients: tuple[str, ...]


class PolicyFields(Struct, frozen=True):
    """The fields as typed. `targets`: hours and minutes by clock, both empty for a clock that does
    not run. `based_on`: the version edited, 0 for a new policy."""

    name: str
    based_on: int
    targets: dict[str, tuple[str, str]]
    match: dict[str, tuple[str, ...]]
    calendar: str
    pause_on_supplier: bool
    pause_on_parts: bool
    levels: tuple[LevelRow, ...]
    quiet_from: str
    quiet_to: str


def fields_of(policy: Policy, based_on: int) -> PolicyFields:
    quiet_from, quiet_to = policy.quiet_hours or ("", "")
    levels = [
        LevelRow(str(percent), policy.recipients.get(percent, ())) for percent in policy.levels
    ]
    return PolicyFields(
        name=policy.name,
        based_on=based_on,
        targets={clock: _as_typed(policy.targets.get(clock)) for clock in CLOCKS_WITH_TARGET},
        match={part: getattr(policy.match, part) for part in MATCHED},
        calendar=policy.calendar,
        pause_on_supplier=policy.pause_on_supplier,
        pause_on_parts=policy.pause_on_parts,
        levels=_with_spare_rows(levels),
        quiet_from=quiet_from,
        quiet_to=quiet_to,
    )


def read_fields(form: FormLists) -> PolicyFields:
    """The input as it is, to be shown again if it is rejected."""
    rows = [
        LevelRow(text_of(form, f"percent{row}"), tuple(form.get(f"recipients{row}", ())))
        for row in range(MAX_ROWS)
    ]
    return PolicyFields(
        name=text_of(form, "name"),
        based_on=version_edited(form),
        targets={
            clock: (text_of(form, f"hours.{clock}"), text_of(form, f"minutes.{clock}"))
            for clock in CLOCKS_WITH_TARGET
        },
        match={part: tuple(form.get(part, ())) for part in MATCHED},
        calendar=text_of(form, "calendar") or ALWAYS,
        pause_on_supplier="pause_on_supplier" in form,
        pause_on_parts="pause_on_parts" in form,
        levels=_with_spare_rows([level for level in rows if level.percent or level.recipients]),
        quiet_from=text_of(form, "quiet_from"),
        quiet_to=text_of(form, "quiet_to"),
    )


def policy_from(fields: PolicyFields) -> Policy:
    """Raises InvalidInput with the field for what cannot be read; check_policy checks the rest."""
    targets = {clock: _seconds(clock, *typed) for clock, typed in fields.targets.items()}
    levels = sorted(_levels(fields.levels))
    quiet = (fields.quiet_from, fields.quiet_to)
    return Policy(
        name=fields.name,
        targets={clock: seconds for clock, seconds in targets.items() if seconds is not None},
        match=_match(fields.match),
        calendar=fields.calendar,
        pause_on_supplier=fields.pause_on_supplier,
        pause_on_parts=fields.pause_on_parts,
        levels=tuple(percent for percent, _ in levels),
        recipients=dict(levels),
        quiet_hours=quiet if any(quiet) else None,
    )


def _match(chosen: dict[str, tuple[str, ...]]) -> Match:
    return Match(
        kinds=_codes("kinds", chosen, KINDS),
        channels=_codes("channels", chosen, CHANNELS),
        severities=_codes("severities", chosen, SEVERITIES),
        tiers=_codes("tiers", chosen, TIERS),
        suppliers=chosen["suppliers"],
    )


def _codes(
    part: str, chosen: dict[str, tuple[str, ...]], codes: tuple[Code, ...]
) -> tuple[Code, ...]:
    """An unknown code is an error: left out, the policy might match everything."""
    known: list[Code] = []
    for text in chosen[part]:
        code = code_from(text, codes)
        if code is None:
            raise InvalidInput(
                "'{value}' is not known; allowed: {choices}.",
                field=f"match.{part}",
                value=text,
                choices=", ".join(codes),
            )
        known.append(code)
    return tuple(known)


def _levels(rows: Iterable[LevelRow]) -> list[tuple[int, tuple[Recipient, ...]]]:
    recipients: dict[int, tuple[Recipient, ...]] = {}
    for row in rows:
        if not row.percent and not row.recipients:
            continue
        if not (row.percent.isascii() and row.percent.isdecimal() and len(row.percent) <= 4):
            raise InvalidInput(
                "“{text}” is not a percentage; write a whole number such as 80.",
                field="levels",
                text=row.percent[:20],
            )
        percent = int(row.percent)
        if percent in recipients:
            raise InvalidInput("{percent} % is listed twice.", field="levels", percent=percent)
        recipients[percent] = tuple(one for one in RECIPIENTS if one in row.recipients)
    return list(recipients.items())


def _seconds(clock: str, hours: str, minutes: str) -> int | None:
    if not hours and not minutes:
        return None
    try:
        total = Decimal(hours or 0) * HOUR + Decimal(minutes or 0) * MINUTE
    except InvalidOperation:
        total = Decimal("NaN")
    if not total.is_finite() or min(Decimal(hours or 0), Decimal(minutes or 0)) < 0:
        raise InvalidInput(
            "Enter hours and minutes as numbers, or leave both empty if this clock should not run.",
            field=f"targets.{clock}",
        )
    return round(min(total, Decimal(10**9)))


def _as_typed(seconds: int | None) -> tuple[str, str]:
    if seconds is None:
        return "", ""
    minutes = f"{seconds % HOUR / MINUTE:.4f}".rstrip("0").rstrip(".")
    return str(seconds // HOUR), minutes


def _with_spare_rows(levels: Sequence[LevelRow]) -> tuple[LevelRow, ...]:
    return (*levels, *[LevelRow("", ())] * SPARE_LEVELS)
