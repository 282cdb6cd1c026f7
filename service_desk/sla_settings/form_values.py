"""Reading posted forms: the last value of a field, as text."""

from collections.abc import Mapping, Sequence

MAX_TEXT_LENGTH = 60_000

FormLists = Mapping[str, Sequence[str]]
"""A posted form: a field may occur several times."""


def text_of(form: FormLists, name: str) -> str:
    """Without surrounding spaces; empty if the field is missing."""
    values = form.get(name, ())
    return values[-1].strip()[:MAX_TEXT_LENGTH] if values else ""


def version_edited(form: FormLists) -> int:
    """The version that was edited, 0 for a new policy or calendar."""
    text = text_of(form, "based_on")
    return int(text) if text.isdecimal() else 0
