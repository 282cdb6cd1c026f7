"""Signatures of outgoing webhooks: https://github.com/standard-webhooks/standard-webhooks.

Receivers can verify them with any library of that project.
"""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

PREFIX = "whsec_"


def sign_webhook(secret: str, id_: str, timestamp: int, body: str) -> str:
    """The `webhook-signature` header. `secret`: whsec_ and base64; `timestamp`: Unix seconds."""
    key = b64decode(secret.removeprefix(PREFIX))
    signed = f"{id_}.{timestamp}.{body}".encode()
    return "v1," + b64encode(hmac.digest(key, signed, sha256)).decode()


def secret_of(random: bytes) -> str:
    """A secret from random bytes (24 to 64, by the standard)."""
    return PREFIX + b64encode(random).decode()
