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
    """What the desk changed of the shipped safety words (rules/words/safety_words/): a phrase that
    it added, of danger or harmless, or a shipped one that it removed."""

    id = BigSerial(primary_key=True)
    word = Varchar(2500, unique=True)
    harmless = Boolean(default=False)  # a word of danger within this phrase does not count
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    removed = Boolean(default=False)
