"""Policies and calendars as labelled lines, and the lines that an edit changes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from service_desk.i18n.formats import working_time
from service_desk.i18n.names import name_of
from service_desk.i18n.translate import N_, translate
from service_desk.rules.calendars.business_calendar import WEEKDAYS, Calendar, Hours
from service_desk.rules.policies.policies import ALWAYS, Policy
from service_desk.rules.tickets.vocabulary import CLOCKS_WITH_TARGET
from service_desk.rules.words.languages import Locale

FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "targets": N_("Targets"),
    "match": N_("Applies to"),
    "match.kinds": N_("Kind"),
    "match.channels": N_("Channel"),
    "match.severities": N_("Severity"),
    "match.tiers": N_("Customer tier"),
    "match.suppliers": N_("Supplier"),
    "calendar": N_("Working hours"),
    "pause_on_supplier": N_("Pauses while waiting for the supplier"),
    "pause_on_parts": N_("Pauses while waiting for parts"),
    "levels": N_("Alerts"),
    "recipients": N_("Alerts"),
    "quiet_hours": N_("Quiet hours"),
    "tz": N_("Time zone"),
    "public_holidays": N_("Public holidays"),
    "week": N_("Opening hours"),
    "closed_dates": N_("Closed dates"),
    "date_hours": N_("Dates with special hours"),
}
_GROUPS = {"kinds": "kind", "channels": "channel", "severities": "severity"}
NOTHING = "–"


class ChangedField(Struct, frozen=True):
    """A changed line; a dash where there is nothing."""

    label: str
    before: str
    after: str


def field_label(field: str | None, locale: Locale) -> str | None:
    """The form's label of "targets.response" or "week.mon"; None if it is not a field of a form."""
    if field is None:
        return None
    top, _, part = field.partition(".")
    if top == "targets" and part in CLOCKS_WITH_TARGET:
        return name_of(part, "clock", locale)
    if top == "week" and part in WEEKDAYS:
        return name_of(part, "weekday", locale)
    label = FIELDS.get(field) or FIELDS.get(top)
    return None if label is None else translate(label, locale)


def policy_lines(policy: Policy, locale: Locale) -> dict[str, str]:
    """The lines of a policy, by label. Empty fields are left out."""
    lines = {
        name_of(clock, "clock", locale): working_time(policy.targets[clock], locale)
        for clock in CLOCKS_WITH_TARGET
        if clock in policy.targets
    }
    for part in ("kinds", "channels", "severities", "tiers", "suppliers"):
        codes: tuple[str, ...] = getattr(policy.match, part)
        if codes:
            group = _GROUPS.get(part)
            names = [name_of(code, group, locale) if group else code for code in codes]
            lines[_translated(FIELDS[f"match.{part}"], locale)] = _listed(names, locale)
    always = policy.calendar == ALWAYS
    lines[_translated(FIELDS["calendar"], locale)] = (
        _translated(N_("around the clock"), locale) if always else policy.calendar
    )
    for switch in ("pause_on_supplier", "pause_on_parts"):
        if getattr(policy, switch):
            lines[_translated(FIELDS[switch], locale)] = _translated(N_("yes"), locale)
    for percent in policy.levels:
        names = [name_of(one, "recipient", locale) for one in policy.recipients.get(percent, ())]
        recipients = _listed(names, locale) if names else _translated(N_("nobody"), locale)
        lines[_translated(N_("Alert at {percent} %"), locale, percent=percent)] = recipients
    if policy.quiet_hours is not None:
        lines[_translated(FIELDS["quiet_hours"], locale)] = "–".join(policy.quiet_hours)
    return lines


def calendar_lines(calendar: Calendar, locale: Locale) -> dict[str, str]:
    """The lines of a calendar, by label; a date is its own label."""
    lines = {
        name_of(day, "weekday", locale): _opening(calendar.week.get(day, []), locale)
        for day in WEEKDAYS
    }
    lines[_translated(FIELDS["tz"], locale)] = calendar.tz
    if calendar.public_holidays is not None:
        lines[_translated(FIELDS["public_holidays"], locale)] = calendar.public_holidays
    closed: dict[str, Hours] = {day: [] for day in calendar.closed_dates}
    dated = closed | calendar.date_hours
    return lines | {day: _opening(hours, locale) for day, hours in sorted(dated.items())}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[ChangedField]:
    """The lines that differ, in the order of `after`."""
    labels = [*after, *(label for label in before if label not in after)]
    return [
        ChangedField(label, before.get(label, NOTHING), after.get(label, NOTHING))
        for label in labels
        if before.get(label) != after.get(label)
    ]


def version_changes(lines: Sequence[Mapping[str, str]]) -> list[list[ChangedField]]:
    """The changes of each version, the newest first; those of the first version are all its
    lines."""
    return [changes(before, after) for after, before in pairwise([*lines, {}])]


def _opening(hours: Hours, locale: Locale) -> str:
    return format_hours(hours) or _translated(N_("closed"), locale)


def _listed(names: Iterable[str], locale: Locale) -> str:
    return _translated(N_(", "), locale).join(names)


def _translated(message: str, locale: Locale, **params: object) -> str:
    return translate(message, locale, **params)


def format_hours(hours: Hours) -> str:
    """The same in all languages; `calendar_from` reads it back."""
    return ", ".join(f"{start}–{end}" for start, end in hours)
