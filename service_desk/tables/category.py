"""Categories of tickets: a tree of two levels, with keywords in both languages."""

from typing import Any

from piccolo.columns import Array, BigSerial, ForeignKey, OnDelete, Varchar
from piccolo.table import Table


class Category(Table):
    id = BigSerial(primary_key=True)
    code = Varchar(60, unique=True)
    name_en = Varchar(100)
    name_zh = Varchar(100)
    parent: ForeignKey[Any] = ForeignKey("self", on_delete=OnDelete.restrict)
    keywords = Array(base_column=Varchar(60))
