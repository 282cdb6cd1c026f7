"""Words that raise a ticket's severity to safety, and phrases in which they do not."""

from piccolo.columns import BigSerial, Boolean, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.table import Table

from service_desk.tables.staff import Staff


class SafetyWord(Table):
    """`word`: normalized, in lower case and half width (rules/words/plain_text.py)."""

    id = BigSerial(primary_key=True)
    word = Varchar(60, unique=True)
    harmless = Boolean(default=False)  # a word of danger within this phrase does not count
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)  # null: shipped with the product
