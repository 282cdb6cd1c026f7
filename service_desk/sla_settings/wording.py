"""Policies and calendars in words: what they say, line by line, and what an edit changes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from service_desk.i18n.formats import working_time
from service_desk.i18n.names import name_of
from service_desk.i18n.translate import N_, translate
from service_desk.rules.calendars.business_calendar import WEEKDAYS, Calendar, Hours
from service_desk.rules.policies.policies import ALWAYS, Policy
from service_desk.rules.tickets.vocabulary import CLOCKS_WITH_TARGET

FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "targets": N_("Targets"),
    "match": N_("For which tickets"),
    "match.kinds": N_("Kind"),
    "match.channels": N_("Channel"),
    "match.severities": N_("Severity"),
    "match.tiers": N_("Customer tier"),
    "match.suppliers": N_("Supplier"),
    "calendar": N_("Working hours"),
    "pause_on_supplier": N_("Stops while waiting for the supplier"),
    "pause_on_parts": N_("Stops while waiting for parts"),
    "levels": N_("Alerts"),
    "recipients": N_("Alerts"),
    "quiet_hours": N_("Quiet hours"),
    "tz": N_("Time zone"),
    "public_holidays": N_("Public holidays"),
    "week": N_("Opening hours"),
    "closed_dates": N_("Closed dates"),
    "date_hours": N_("Dates with hours of their own"),
}
_GROUPS = {"kinds": "kind", "channels": "channel", "severities": "severity"}
NOTHING = "–"


class ChangedField(Struct, frozen=True):
    """A line that an edit changes; a dash where there is nothing."""

    label: str
    before: str
    after: str


def field_label(field: str | None, locale: str) -> str | None:
    """ "targets.response" or "week.mon" as the form calls it; None for what is no field of it."""
    if field is None:
        return None
    top, _, part = field.partition(".")
    if top == "targets" and part in CLOCKS_WITH_TARGET:
        return name_of(part, "clock", locale)
    if top == "week" and part in WEEKDAYS:
        return name_of(part, "weekday", locale)
    label = FIELDS.get(field) or FIELDS.get(top)
    return None if label is None else translate(label, locale)


def policy_lines(policy: Policy, locale: str) -> dict[str, str]:
    """What the policy says by label; what it says nothing of is left out."""
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
            lines[_say(FIELDS[f"match.{part}"], locale)] = _listed(names, locale)
    always = policy.calendar == ALWAYS
    lines[_say(FIELDS["calendar"], locale)] = (
        _say(N_("around the clock"), locale) if always else policy.calendar
    )
    for switch in ("pause_on_supplier", "pause_on_parts"):
        if getattr(policy, switch):
            lines[_say(FIELDS[switch], locale)] = _say(N_("yes"), locale)
    for percent in policy.levels:
        roles = [name_of(role, "role", locale) for role in policy.recipients.get(percent, ())]
        told = _listed(roles, locale) if roles else _say(N_("nobody"), locale)
        lines[_say(N_("Alert at {percent} %"), locale, percent=percent)] = told
    if policy.quiet_hours is not None:
        lines[_say(FIELDS["quiet_hours"], locale)] = "–".join(policy.quiet_hours)
    return lines


def calendar_lines(calendar: Calendar, locale: str) -> dict[str, str]:
    """What the calendar says by label; a date is its own label."""
    lines = {
        name_of(day, "weekday", locale): _opening(calendar.week.get(day, []), locale)
        for day in WEEKDAYS
    }
    lines[_say(FIELDS["tz"], locale)] = calendar.tz
    if calendar.public_holidays is not None:
        lines[_say(FIELDS["public_holidays"], locale)] = calendar.public_holidays
    closed: dict[str, Hours] = {day: [] for day in calendar.closed_dates}
    dated = closed | calendar.date_hours
    return lines | {day: _opening(hours, locale) for day, hours in sorted(dated.items())}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[ChangedField]:
    """Line by line, in the order in which they are read."""
    labels = [*after, *(label for label in before if label not in after)]
    return [
        ChangedField(label, before.get(label, NOTHING), after.get(label, NOTHING))
        for label in labels
        if before.get(label) != after.get(label)
    ]


def version_changes(lines: Sequence[Mapping[str, str]]) -> list[list[ChangedField]]:
    """What each version changed of the one before it, the newest first; the first changed all."""
    return [changes(before, after) for after, before in pairwise([*lines, {}])]


def _opening(hours: Hours, locale: str) -> str:
    return format_hours(hours) or _say(N_("closed"), locale)


def _listed(names: Iterable[str], locale: str) -> str:
    return _say(N_(", "), locale).join(names)


def _say(message: str, locale: str, **params: object) -> str:
    return translate(message, locale, **params)


def format_hours(hours: Hours) -> str:
    """The same in all languages, and read back by `calendar_from`."""
    return ", ".join(f"{start}–{end}" for start, end in hours)
