"""redis-py's client that waits; its types are incomplete."""

from typing import Any

from redis import Redis


def connect(url: str) -> Any:
    return Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
