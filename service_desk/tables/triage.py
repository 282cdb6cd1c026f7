"""What a ticket is about: categories, and words of danger."""

from typing import Any

from piccolo.columns import Array, BigSerial, Boolean, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.table import Table

from service_desk.tables.staff import Staff


class Category(Table):
    """A tree of two levels, with keywords in both languages."""

    id = BigSerial(primary_key=True)
    code = Varchar(60, unique=True)
    name_en = Varchar(100)
    name_zh = Varchar(100)
    parent: ForeignKey[Any] = ForeignKey("self", on_delete=OnDelete.restrict)
    keywords = Array(base_column=Varchar(60))


class SafetyWord(Table):
    """A word that raises a ticket's severity to safety, or a phrase in which it does not. `word`:
    normalized, in lower case and half width (rules/words/plain_text.py)."""

    id = BigSerial(primary_key=True)
    word = Varchar(60, unique=True)
    harmless = Boolean(default=False)  # a word of danger within this phrase does not count
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)  # null: shipped with the product
