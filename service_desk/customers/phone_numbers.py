"""Phone numbers in E.164, by the library phonenumbers."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from service_desk.errors import InvalidInput


def to_e164(text: str, region: str, *, field: str = "phone") -> str:
    """`text` as a person or Twilio writes a number, as E.164: "138 0013 8000" is "+8613800138000".

    `region` (ISO 3166, "CN") is where a number without country code belongs. A number need only be
    possible, not assigned: numbering plans change faster than libraries. Raises InvalidInput.
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


@lru_cache(maxsize=1024)
def _e164(text: str, region: str) -> str | None:
    """Kept, because who texts once texts again, and one text asks for its sender twice."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def shown(phone: str, region: str) -> str:
    """An E.164 number as people of `region` write it; what is none comes back unchanged."""
    try:
        number = phonenumbers.parse(phone, None)
    except NumberParseException:
        return phone
    at_home = phonenumbers.region_code_for_number(number) == region
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)
