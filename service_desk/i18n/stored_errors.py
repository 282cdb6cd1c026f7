"""Errors that are kept in a row: the sentence with its placeholders and what fills them in, so that
each reader gets it in their language."""

from collections.abc import Mapping

from msgspec import Struct

from service_desk.errors import DeskError
from service_desk.i18n.translate import N_, translate
from service_desk.rules.words.languages import Locale

STOPPED = N_("Stopped.")


class StoredError(Struct, frozen=True):
    """The columns `error` and `error_params`."""

    error: str
    error_params: dict[str, str] = {}


def stored_error(error: BaseException) -> StoredError:
    """What is not a DeskError is kept as its own text, which has no translation."""
    if isinstance(error, DeskError):
        return StoredError(error.message, {name: str(v) for name, v in error.params.items()})
    return StoredError("{reason}", {"reason": str(error)}) if str(error) else StoredError(STOPPED)


def error_sentence(error: str, params: Mapping[str, object] | None, locale: Locale) -> str:
    """Without `params` it is a whole sentence, as older rows have it."""
    text = translate(error, locale)
    return text if params is None else text.format(**params)
