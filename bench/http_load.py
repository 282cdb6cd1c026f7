"""Requests as fast as a server answers them, sent by a process of its own (bench/sender.py)."""

import asyncio
import struct
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from bench.desk import HOST
from bench.sender import Load
from tests.twilio_side import signature, sms

SMS = "/webhooks/twilio/sms"
TICKETS = "/api/v1/tickets"
COMPLAINT = (
    "The washing machine that you delivered three weeks ago shakes so hard during the spin cycle "
    "that it walks across the kitchen, and then it stops with the door locked. Please send "
    "somebody. Order {serial:08}"
)


async def load(port: int, requests: Sequence[bytes], connections: int = 1) -> Load:
    """Raises RuntimeError with what the sender says, if an answer is not 200 or 201."""
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.sender", str(port), str(connections),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    content = b"".join(struct.pack("I", len(request)) + request for request in requests)
    output, errors = await sender.communicate(content)
    if sender.returncode:
        raise RuntimeError(errors.decode())
    return msgspec.json.decode(output, type=Load)


def get(path: str, **headers: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{lines}\r\n".encode()


def posted(path: str, body: object, token: str) -> bytes:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return _post(path, headers, msgspec.json.encode(body))


def signed_text(serial: int, path: str = SMS) -> bytes:
    """A complaint of a customer of its own, as Twilio posts and signs it."""
    params = sms(COMPLAINT.format(serial=serial), sender=f"+86138{serial:08}")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature(path, params),
    }
    return _post(path, headers, urlencode(params).encode())


def ticket(serial: int) -> dict[str, Any]:
    """The same complaint, as REST takes it."""
    return {
        "kind": "complaint",
        "subject": "Walks across the kitchen",
        "description": COMPLAINT.format(serial=serial),
        "customer": {"name": "Li Lei", "phone": f"+86138{serial:08}"},
    }


def _post(path: str, headers: dict[str, str], content: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{lines}Content-Length: {len(content)}\r\n\r\n"
    return head.encode() + content
