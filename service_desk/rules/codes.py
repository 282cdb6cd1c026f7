"""Codes that come from outside, as those that the vocabularies declare."""

from collections.abc import Sequence
from typing import TypeVar

Code = TypeVar("Code", bound=str)


def code_from(text: str | None, codes: Sequence[Code]) -> Code | None:
    """The code that `text` is; None if it is none of these."""
    return next((code for code in codes if code == text), None)
