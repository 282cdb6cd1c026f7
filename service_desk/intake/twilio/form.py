"""The form-encoded parameters of Twilio's webhooks: ids and addresses."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from service_desk.contacts.phone_numbers import to_e164, typed_phone
from service_desk.errors import InvalidInput
from service_desk.settings import get_settings

MAX_FIELDS = 200
MAX_WEBHOOK_BYTES = 64 * 1024
MAX_ADDRESS_LENGTH = 80
MIN_PHONE_DIGITS = 7  # fewer, without a country code, are a short code
_FORM_KEY = "twilio_form"
# Carriers spell the names of withheld numbers on a phone's keys: +266696687 is "anonymous". Some
# of them would be valid numbers in China.
_KEYS = {
    letter: str(key)
    for key, letters in enumerate(("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), 2)
    for letter in letters
}
_WITHHELD_NAMES = ("anonymous", "blocked", "private", "restricted", "unavailable", "unknown")
_WITHHELD = {"+" + "".join(_KEYS[letter] for letter in word) for word in _WITHHELD_NAMES}
_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SignedForm:
    """A webhook's parameters. Repeated ones are kept: Twilio's validator calls `getall`."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def get(self, name: str) -> str:
        """The first value, without surrounding spaces and NUL; "" if there is none."""
        return self.text(name).strip()

    def text(self, name: str) -> str:
        """The first value as sent, without NUL, which cannot be stored."""
        return self._values.get(name, [""])[0].replace("\0", "")

    def getall(self, name: str) -> list[str]:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


async def read_webhook_form(request: Request[Any, Any, Any]) -> SignedForm:
    """The parameters of a form-encoded webhook. Raises InvalidInput if there are too many."""
    state = request.scope["state"]
    if (form := state.get(_FORM_KEY)) is not None:  # read by the guard
        return form
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
        )
    except ValueError as error:
        raise InvalidInput(
            "A webhook has at most {max} parameters; this one has more.", max=MAX_FIELDS
        ) from error
    form = SignedForm(pairs)
    state[_FORM_KEY] = form
    return form


def sid_of(form: SignedForm, *names: str) -> str:
    """The first of these ids that is given, by which a repeated webhook is recognised. Raises
    InvalidInput if there is none."""
    sid = next((form.get(name) for name in names if form.get(name)), "")
    if not _SID.fullmatch(sid):
        raise InvalidInput(
            "{name} is missing or not an id: letters, digits, - and _, 64 at most.",
            field=names[0],
            name=names[0],
        )
    return sid


def phone_or_none(address: str) -> str | None:
    """E.164 of a sender, whatever a library thinks of the number; None for short codes, names
    and withheld numbers, which cannot be replied to."""
    if address in _WITHHELD or any(map(str.isalpha, address)):
        return None
    if not address.startswith("+") and sum(map(str.isdigit, address)) < MIN_PHONE_DIGITS:
        return None
    try:
        return to_e164(address, get_settings().region)
    except InvalidInput:
        return None


def keyed_phone_or_none(digits: str) -> str | None:
    """E.164 of a number that a caller keyed in: a person may have slipped."""
    try:
        return typed_phone(digits, get_settings().region).e164
    except InvalidInput:
        return None


def handle_or_none(address: str) -> str | None:
    """The short code or name that sent a text; None for a phone number, and for a withheld one,
    which says nothing about the sender."""
    withheld = not address or address in _WITHHELD or address.casefold() in _WITHHELD_NAMES
    return None if withheld or phone_or_none(address) else address
