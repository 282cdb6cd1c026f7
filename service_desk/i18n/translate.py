"""English texts in the reader's language, from the .po files.

Babel reads .po files itself, so there is no compiled catalogue to forget. One file per feature:
`translations/<locale>/<feature>.po`.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from service_desk.rules.words.languages import Locale

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = {"en": "English", "zh": "中文"}


def translate(message: str, locale: Locale, **params: object) -> str:
    """`message` in that language, with its {placeholders} filled in."""
    text = translations(locale).gettext(message)
    return text.format(**params) if params else text


@cache
def translations(locale: Locale) -> NullTranslations:
    """The catalogue of one language; for English, the texts in the code themselves."""
    if locale == "en":
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, merged_catalogue(locale))
    compiled.seek(0)
    return Translations(compiled)


def merged_catalogue(locale: Locale) -> Catalog:
    """All .po files of one language as one."""
    merged = Catalog(locale=locale)
    for path in sorted((FOLDER / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id and not message.fuzzy:
                    merged[message.id] = message
    return merged


def N_(message: str) -> str:  # noqa: N802 - gettext's name for "translate this later"
    return message
