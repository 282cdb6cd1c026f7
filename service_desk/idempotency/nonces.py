"""Receipt keys for forms, from the nonce in the form: however often it is sent, it counts once."""

import re
import secrets
from collections.abc import Iterable, Mapping
from hashlib import sha256

import msgspec

from service_desk.attachments.schemas import Upload

_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_nonce() -> str:
    """A hidden field of a form: distinguishes a second click from a second message."""
    return secrets.token_urlsafe(16)


def valid_nonce(form: Mapping[str, str]) -> str | None:
    nonce = form.get("nonce", "")
    return nonce if _NONCE.fullmatch(nonce) else None


def nonce_key(form: Mapping[str, str]) -> str:
    """The key under which the form counts once. Without a valid nonce every submission counts."""
    return f"web:{valid_nonce(form) or new_nonce()}"


def content_key(form: Mapping[str, str], files: Iterable[Upload] = ()) -> str:
    """Like `nonce_key`, but a form that was edited after going back counts again."""
    fields = {name: value for name, value in form.items() if name != "nonce"}
    content = sha256(msgspec.json.encode(fields, order="sorted"))
    for upload in files:
        content.update(sha256(upload.read()).digest())
    return f"{nonce_key(form)}:{content.hexdigest()[:32]}"
