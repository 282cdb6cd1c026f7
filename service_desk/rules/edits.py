"""Two people, one thing: what a save changes, and whether it was overtaken (DESIGN §2.2).

A form carries the values that it showed. All are text, as the form shows it.
"""

from collections.abc import Mapping

import msgspec

SHOWN_FIELD = "_shown"
Values = Mapping[str, str]


def wanted_changes(shown: Values, sent: Values) -> dict[str, str]:
    """What was changed in the form; a field whose shown value is not known counts as changed."""
    return {
        name: value
        for name, value in sent.items()
        if name not in shown or _plain(value) != _plain(shown[name])
    }


def overtaken(shown: Values, wanted: Values, present: Values) -> list[str]:
    """The fields that somebody else changed meanwhile, to something else. What was changed to the
    same, or back to what the form showed, is none of them."""
    return [
        name
        for name, value in wanted.items()
        if name in shown
        and name in present
        and _plain(present[name]) not in (_plain(shown[name]), _plain(value))
    ]


def form_value(value: object) -> str:
    """As a field of a form shows it, and as it comes back if nobody touches it."""
    return "" if value is None else str(value)


def form_values(values: Mapping[str, object]) -> dict[str, str]:
    return {name: form_value(value) for name, value in values.items()}


def split_shown(form: Values) -> tuple[Values, Values]:
    """What the form showed, and what was sent. A form without it shows nothing."""
    sent = {name: value for name, value in form.items() if name != SHOWN_FIELD}
    try:
        shown = msgspec.json.decode(form.get(SHOWN_FIELD, "{}"), type=dict[str, str])
    except msgspec.DecodeError:
        shown = {}
    return shown, sent


def typed_in(form: Values) -> Values:
    """Of a refused form what was typed into it: shown again, the rest is as it is now."""
    shown, sent = split_shown(form)
    return wanted_changes(shown, sent)


def _plain(value: str) -> str:
    """Browsers send the lines of a text with CR LF."""
    return value.replace("\r\n", "\n").strip()
