"""Shared by the forms of policies and calendars: drafts, whom to apply them to, errors."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from service_desk.errors import DeskError, InvalidInput
from service_desk.rules.words.languages import Locale
from service_desk.sla_settings.wording import field_label
from service_desk.web.templates import error_text

T = TypeVar("T")


APPLY_CHOICES = {"open": True, "new": False}
"""Values of the buttons: for open tickets too, or for new tickets only."""


class EditFormError(msgspec.Struct, frozen=True):
    """`label`: the label of the field in the form."""

    sentence: str
    field: str | None
    label: str | None


def form_error(error: DeskError, locale: Locale) -> EditFormError:
    return EditFormError(error_text(error, locale), error.field, field_label(error.field, locale))


def write_draft(draft: object) -> str:
    """The draft travels in the preview page, so that exactly what was previewed is saved."""
    return msgspec.json.encode(draft).decode()


def read_draft(form: Mapping[str, Sequence[str]], shape: type[T]) -> T:
    try:
        return msgspec.json.decode(form.get("draft", [""])[-1], type=shape)
    except msgspec.MsgspecError as error:
        raise InvalidInput("The input does not fit: {reason}.", reason=str(error)) from error


def applies_to_open(form: Mapping[str, Sequence[str]]) -> bool:
    chosen = APPLY_CHOICES.get(form.get("apply", [""])[-1])
    if chosen is None:
        raise InvalidInput("Choose whether the new terms apply to open tickets too.", field="apply")
    return chosen
