"""Constraints made from the vocabularies of rules/, so that a value is declared once."""

from collections.abc import Sequence


def one_of(column: str, values: Sequence[str]) -> str:
    """SQL: the column holds one of these values."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({quoted})"
