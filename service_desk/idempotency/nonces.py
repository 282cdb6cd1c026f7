"""A form counts once, however often it is sent: keys for receipts, from the nonce in the form."""

import re
import secrets
from collections.abc import Iterable, Mapping
from hashlib import sha256

import msgspec

from service_desk.attachments.schemas import Upload

_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_nonce() -> str:
    """Goes into a form, and tells a second click from a second message."""
    return secrets.token_urlsafe(16)


def nonce_key(form: Mapping[str, str]) -> str:
    """Under which the form is taken in once; one without a nonce counts every time."""
    nonce = form.get("nonce", "")
    return f"web:{nonce if _NONCE.fullmatch(nonce) else new_nonce()}"


def content_key(form: Mapping[str, str], files: Iterable[Upload] = ()) -> str:
    """The same, of what the form says: one that was changed after a step back is another, and is
    taken in as well."""
    words = {name: value for name, value in form.items() if name != "nonce"}
    said = sha256(msgspec.json.encode(words, order="sorted"))
    for upload in files:
        said.update(sha256(upload.read()).digest())
    return f"{nonce_key(form)}:{said.hexdigest()[:32]}"
