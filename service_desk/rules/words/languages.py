"""Detecting the language a customer writes in: Chinese or English (DESIGN §2.1)."""

import unicodedata
from typing import Literal, get_args

from service_desk.rules.words.plain_text import has_chinese

Locale = Literal["en", "zh"]
LOCALES: tuple[Locale, ...] = get_args(Locale)


def language_of(body: str, default: Locale) -> Locale:
    """ "zh" if there is a Chinese character, else "en" if there is a Latin letter, else `default`.

    Chinese wins: Chinese texts often contain Latin model names, but hardly the reverse.
    """
    if has_chinese(body):
        return "zh"
    if any(_is_latin(character) for character in body):
        return "en"
    return default


def _is_latin(character: str) -> bool:
    return character.isalpha() and "LATIN" in unicodedata.name(character, "")
