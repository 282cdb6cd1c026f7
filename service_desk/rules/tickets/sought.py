"""What somebody looks for, from what they typed: words, ticket numbers, a phone, a serial."""

import re
import unicodedata

from msgspec import Struct

from service_desk.rules.tickets.numbers import find_numbers
from service_desk.rules.words.search_tokens import tsquery

MIN_PHONE_DIGITS = 4
MIN_SERIAL_LETTERS = 4
MAX_SERIAL_LETTERS = 40

MIN_PHONE_DIGITS_AMONG_WORDS = 7
"""Fewer among words may be a model or an amount."""

# "+86 (0)138-1234-0777", with what people write before a number and after it.
_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+|00)?[0-9(][0-9 ()./·–—-]*[0-9]")
_PHONE_LABEL = re.compile(
    r"^(?:tel|phone|mobile|cell|from|call|电话|電話|手机|手機|来电|來電|号码|號碼)[\s:.]*",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"(?:转|轉|分机|分機|ext\.?|#)\s*[0-9]+\s*$", re.IGNORECASE)
_SERIAL_LABEL = re.compile(r"^(?:serial(?: number| no)?|s/n|sn(?=[:# ]))[\s:.#]*", re.IGNORECASE)


class Sought(Struct, frozen=True):
    """`words`: a tsquery, None if there are none. `numbers`: possible ticket numbers. `phone_ends`:
    digits that a phone number in E.164 may end in. `serial`: letters and digits only, empty if it
    cannot be a serial number."""

    text: str
    words: str | None
    numbers: tuple[str, ...] = ()
    phone_ends: tuple[str, ...] = ()
    serial: str = ""


def read_sought(query: str) -> Sought:
    """`query`: as typed, at most a few hundred characters."""
    text = unicodedata.normalize("NFKC", query.replace("\0", "")).strip()
    return Sought(
        text=text,
        words=tsquery(text) or None,
        numbers=find_numbers(text).valid,
        phone_ends=_phone_ends(text),
        serial=_serial(text),
    )


def serial_letters(text: str) -> str:
    """As PostgreSQL's function of this name: "AB 12 cd-9" gives "AB12CD9"."""
    return re.sub("[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())


def _phone_ends(text: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    bare = _EXTENSION.sub("", _PHONE_LABEL.sub("", text)).strip()
    for match in _PHONE.finditer(bare):
        digits = re.sub("[^0-9]", "", match[0].replace("(0)", ""))
        least = MIN_PHONE_DIGITS if match[0] == bare else MIN_PHONE_DIGITS_AMONG_WORDS
        if len(digits) == MIN_PHONE_DIGITS == least:  # the last four, which may begin with 0
            found[digits] = None
        elif len(digits.lstrip("0")) >= least:
            found[digits.removeprefix("00").removeprefix("0")] = None
    return tuple(found)


def _serial(text: str) -> str:
    letters = serial_letters(_SERIAL_LABEL.sub("", text))
    fits = MIN_SERIAL_LETTERS <= len(letters) <= MAX_SERIAL_LETTERS
    return letters if fits and re.search("[0-9]", letters) else ""
