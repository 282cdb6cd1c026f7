"""Cursor paging: `limit` and `after` in, `items` and `next` out. Keyset, never OFFSET."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from service_desk.errors import InvalidInput

T = TypeVar("T")
K = TypeVar("K")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Page(msgspec.Struct, Generic[T], frozen=True):
    """`next`: the `after` of the following page, null on the last."""

    items: Sequence[T]
    next: str | None


def make_page(rows: Sequence[T], limit: int, key: Callable[[T], object]) -> Page[T]:
    """`rows`: up to limit + 1; the extra one shows that a page follows."""
    more = len(rows) > limit
    shown = rows[:limit]
    return Page(shown, encode_cursor(key(shown[-1])) if more else None)


def encode_cursor(key: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, shape: type[K]) -> K:
    """Raises InvalidInput for anything but a cursor of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=shape)
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidInput(
            "`after` is not a cursor; take it from `next` of the page before.", field="after"
        ) from error
