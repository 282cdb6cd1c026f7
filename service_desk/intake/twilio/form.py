"""What a webhook of Twilio's says: form-encoded parameters, ids, senders."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from service_desk.contacts.phone_numbers import to_e164
from service_desk.errors import InvalidInput
from service_desk.settings import get_settings

MAX_FIELDS = 200
MAX_WEBHOOK_BYTES = 64 * 1024
MIN_PHONE_DIGITS = 7  # digits: what is shorter and without country code is a short code
_FORM_KEY = "twilio_form"
# Carriers spell "no number" on the keys of a phone: +266696687 is "anonymous". Some of these would
# be numbers in China.
_KEYS = {
    letter: str(key)
    for key, letters in enumerate(("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), 2)
    for letter in letters
}
_WITHHELD_NAMES = ("anonymous", "blocked", "private", "restricted", "unavailable", "unknown")
_WITHHELD = {"+" + "".join(_KEYS[letter] for letter in word) for word in _WITHHELD_NAMES}
_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SignedForm:
    """A webhook's parameters. Repeated ones are kept: `getall` is what Twilio's validator asks."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def get(self, name: str) -> str:
        """The first value, without surrounding spaces and NUL; "" if there is none."""
        return self.text(name).strip()

    def text(self, name: str) -> str:
        """The first value as it was said, but for NUL, which cannot be stored."""
        return self._values.get(name, [""])[0].replace("\0", "")

    def getall(self, name: str) -> list[str]:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


async def read_webhook_form(request: Request[Any, Any, Any]) -> SignedForm:
    """The parameters of a form-encoded webhook. Raises InvalidInput if they are too many."""
    state = request.scope["state"]
    if (read := state.get(_FORM_KEY)) is not None:  # by the guard, before
        return read
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
        )
    except ValueError as error:
        raise InvalidInput(
            "A webhook has at most {most} parameters; this one has more.", most=MAX_FIELDS
        ) from error
    form = SignedForm(pairs)
    state[_FORM_KEY] = form
    return form


def sid_of(form: SignedForm, *names: str) -> str:
    """The first of these ids; it tells a webhook from its repetition, so that one is needed."""
    sid = next((form.get(name) for name in names if form.get(name)), "")
    if not _SID.fullmatch(sid):
        raise InvalidInput(
            "{name} is missing or not an id: letters, digits, - and _, 64 at most.",
            field=names[0],
            name=names[0],
        )
    return sid


def opt_out_type(form: SignedForm) -> str | None:
    """With Advanced Opt-Out, Twilio says which keyword it saw and has answered it by itself."""
    return form.get("OptOutType") or None


def phone_or_none(sender: str) -> str | None:
    """E.164, or None for short codes, names and withheld numbers: nobody can write back to them."""
    if sender in _WITHHELD or any(map(str.isalpha, sender)):
        return None
    if not sender.startswith("+") and sum(map(str.isdigit, sender)) < MIN_PHONE_DIGITS:
        return None
    try:
        return to_e164(sender, get_settings().region)
    except InvalidInput:
        return None


def handle_or_none(sender: str) -> str | None:
    """The short code or name that sent a text, None for a number and for one that was withheld:
    anybody may be behind that."""
    withheld = not sender or sender in _WITHHELD or sender.casefold() in _WITHHELD_NAMES
    return None if withheld or phone_or_none(sender) else sender
