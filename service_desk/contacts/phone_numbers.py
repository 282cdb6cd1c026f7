"""Phone numbers in E.164, by the library phonenumbers."""

import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from service_desk.errors import InvalidInput

COUNTRY_CODES = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
MIN_DIGITS = 4


def to_e164(text: str, region: str, *, field: str = "phone") -> str:
    """A number as a person or Twilio writes it, in E.164: "138 0013 8000" is "+8613800138000".

    `region` (ISO 3166, "CN"): for a number without country code. It need only be possible, not
    assigned: numbering plans change faster than libraries. Raises InvalidInput.
    """
    number = _e164(text.strip()[:40], region)
    if number is None:
        raise InvalidInput(
            "“{number}” is not a phone number. Write it with its country code, like "
            "+86 138 0013 8000.",
            field=field,
            number=text[:40],
        )
    return number


def to_e164_or_none(text: str | None, region: str) -> str | None:
    """As `to_e164`; None for a field that is empty or missing."""
    return to_e164(text, region) if text and text.strip() else None


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
        return (f"+{abroad}",) if _is_long_enough(abroad) else ()
    home = str(phonenumbers.country_code_for_region(region))
    trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
    national = digits.removeprefix(trunk)
    numbers = dict.fromkeys((home + national, digits))
    return tuple(f"+{number}" for number in numbers if _is_long_enough(number))


def _is_long_enough(number: str) -> bool:
    """Whether MIN_DIGITS follow the country code. No country code is a prefix of another."""
    codes = (number[:length] for length in (1, 2, 3))
    code = next((code for code in codes if code and int(code) in COUNTRY_CODES), None)
    return code is not None and len(number) - len(code) >= MIN_DIGITS


@lru_cache(maxsize=1024)
def _e164(text: str, region: str) -> str | None:
    """Cached: customers text repeatedly, and one text looks its number up twice."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def format_phone(phone: str, region: str) -> str:
    """An E.164 number as written in `region`; anything else comes back unchanged."""
    try:
        number = phonenumbers.parse(phone, None)
    except NumberParseException:
        return phone
    at_home = phonenumbers.region_code_for_number(number) == region
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)
