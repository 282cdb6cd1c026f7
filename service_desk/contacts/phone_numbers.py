"""Phone numbers in E.164, by the library phonenumbers.

Two rules (DESIGN §2.1): what a person or a file says is checked (`typed_phone`); what a network
says of a sender is taken, and what is looked for need only be readable (`to_e164`).
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from msgspec import Struct
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from service_desk.errors import InvalidInput
from service_desk.rules.messages.number_spellings import present_beginning, present_spelling

COUNTRY_CODES = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
MIN_DIGITS = 4
MAX_TYPED_LENGTH = 40

_FROM_A_NETWORK = re.compile(r"\+[0-9]{5,19}")
_SEPARATORS = re.compile(r"[\s().\-‐‑‒–—―−/]")
_PLAIN = re.compile(r"\+?[0-9]+")
_EXTENSION = re.compile(
    r"(?P<number>.*?)[\s,;]*(?:[转轉]|分[机機][号號]?|[内內][线線]|ext(?:ension|n)?|x|#){1,2}"
    r"[\s.:=]*(?P<extension>[0-9]{1,10})"
)


class PhoneNumber(Struct, frozen=True):
    """`e164`: what can be dialled and written to; `extension`: digits, of a switchboard there."""

    e164: str
    extension: str | None = None

    def __str__(self) -> str:
        return f"{self.e164} ext. {self.extension}" if self.extension else self.e164


def typed_phone(text: str, region: str, *, field: str = "phone") -> PhoneNumber:
    """A number as a person or a file writes it: "010-65529988转12" is +861065529988 and 12.

    `region` (ISO 3166, "CN"): the desk's. A number there must be valid, one elsewhere possible:
    numbering plans abroad change faster than libraries. Raises InvalidInput; letters are never
    dropped.
    """
    shown = text.strip()[:MAX_TYPED_LENGTH]
    number, extension = _split(_plain_text(text))
    if not _PLAIN.fullmatch(number) or len(text) > MAX_TYPED_LENGTH:
        raise InvalidInput(
            "“{number}” is not a phone number. Write it in digits, one from abroad with its "
            "country code, like +86 138 0013 8000; an extension after “ext.” or “转”.",
            field=field,
            number=shown,
        )
    e164 = _checked(number, region)
    if e164 is None:
        raise InvalidInput(
            "There is no phone number “{number}”: is a digit missing, or one too many? One from "
            "abroad needs its country code, like +86 138 0013 8000.",
            field=field,
            number=shown,
        )
    return PhoneNumber(e164, extension)


def typed_phone_or_none(
    text: str | None, region: str, *, field: str = "phone"
) -> PhoneNumber | None:
    """As `typed_phone`; None for a field that is empty or missing."""
    return typed_phone(text, region, field=field) if text and text.strip() else None


def kept_or_typed_phone(text: str, region: str, known: str | None) -> PhoneNumber:
    """As `typed_phone`, but the number that is known already stays, whatever a library thinks of
    it: it may be a sender's."""
    try:
        return typed_phone(text, region)
    except InvalidInput:
        number, extension = _split(_plain_text(text))
        if known is None or _e164(number, region) != known:
            raise
        return PhoneNumber(known, extension)


def to_e164(text: str, region: str, *, field: str = "phone") -> str:
    """The number of a sender, or one to look for, in E.164: "138 0013 8000" is "+8613800138000".

    `region`: for a number without country code. What is `+` and digits is taken as it is, in its
    present spelling; the rest need only be possible. Raises InvalidInput.
    """
    number, _ = _split(_plain_text(text[:MAX_TYPED_LENGTH]))
    e164 = _e164(number, region)
    if e164 is None:
        raise InvalidInput(
            "“{number}” is not a phone number. Write it with its country code, like "
            "+86 138 0013 8000.",
            field=field,
            number=text[:MAX_TYPED_LENGTH],
        )
    return e164


def to_e164_or_none(text: str | None, region: str) -> str | None:
    """As `to_e164`; None for a field that is empty or missing."""
    return to_e164(text, region) if text and text.strip() else None


def _plain_text(text: str) -> str:
    """In plain letters and digits, without the invisible marks that come with a copied number."""
    normal = unicodedata.normalize("NFKC", text)
    visible = (one for one in normal if unicodedata.category(one) != "Cf")
    plain = "".join(str(int(one)) if one.isdecimal() else one for one in visible)
    return plain.strip().casefold().removeprefix("tel:").removeprefix("'")


def _split(plain: str) -> tuple[str, str | None]:
    """The number without separators, and its extension."""
    found = _EXTENSION.fullmatch(plain)
    number, extension = (found["number"], found["extension"]) if found else (plain, None)
    return _SEPARATORS.sub("", number), extension


def e164_prefixes(text: str, region: str) -> tuple[str, ...]:
    """Prefixes of the E.164 numbers that `text` may be the beginning of; none before the fourth
    digit of the national number, as half of all customers would match.

    In "CN" "1380" is "+861380", "021 65" is "+862165". It may also be a country code without its
    plus: "8613800" is "+868613800" or "+8613800".
    """
    typed = unicodedata.normalize("NFKC", text[:40]).strip()
    digits = "".join(str(int(character)) for character in typed if character.isdecimal())
    abroad = digits.removeprefix("00")
    if typed.startswith("+") or abroad != digits:
        return _long_enough(f"+{abroad}")
    home = str(phonenumbers.country_code_for_region(region))
    trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
    national = digits.removeprefix(trunk)
    return _long_enough(f"+{home}{national}", f"+{digits}")


def _long_enough(*prefixes: str) -> tuple[str, ...]:
    """In their present spelling, too."""
    both = dict.fromkeys((*prefixes, *map(present_beginning, prefixes)))
    return tuple(prefix for prefix in both if _is_long_enough(prefix[1:]))


def _is_long_enough(number: str) -> bool:
    """Whether MIN_DIGITS follow the country code. No country code is a prefix of another."""
    codes = (number[:length] for length in (1, 2, 3))
    code = next((code for code in codes if code and int(code) in COUNTRY_CODES), None)
    return code is not None and len(number) - len(code) >= MIN_DIGITS


@lru_cache(maxsize=1024)
def _e164(number: str, region: str) -> str | None:
    """Cached: customers text repeatedly, and one text looks its number up twice."""
    parsed = _parsed(present_spelling(number), region)
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        return present_spelling(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
    return present_spelling(number) if _FROM_A_NETWORK.fullmatch(number) else None


@lru_cache(maxsize=1024)
def _checked(number: str, region: str) -> str | None:
    """E.164 of a number that is valid in `region`, or possible elsewhere. Cached: opening a ticket
    looks its number up twice."""
    typed = _parsed(present_spelling(number), region)
    if typed is None:
        return None
    e164 = present_spelling(phonenumbers.format_number(typed, PhoneNumberFormat.E164))
    parsed = phonenumbers.parse(e164)
    if parsed.country_code == phonenumbers.country_code_for_region(region):
        return e164 if phonenumbers.is_valid_number(parsed) else None
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return e164 if reason == ValidationResult.IS_POSSIBLE else None


def _parsed(number: str, region: str) -> phonenumbers.PhoneNumber | None:
    """Only plain digits are given to the library: it would read letters as keys."""
    if not _PLAIN.fullmatch(number):
        return None
    try:
        return phonenumbers.parse(number, region)
    except NumberParseException:
        return None


def format_phone(phone: str, region: str) -> str:
    """An E.164 number as written in `region`; anything else comes back unchanged."""
    try:
        number = phonenumbers.parse(phone, None)
    except NumberParseException:
        return phone
    at_home = phonenumbers.region_code_for_number(number) == region
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)
