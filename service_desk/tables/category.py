"""What complaints are about: a two-level tree with keywords in both languages."""

from piccolo.columns import Array, BigSerial, ForeignKey, OnDelete, Varchar
from piccolo.table import Table


class Category(Table):
    id = BigSerial(primary_key=True)
    code = Varchar(60, unique=True)
    name_en = Varchar(100)
    name_zh = Varchar(100)
    parent = ForeignKey("self", on_delete=OnDelete.restrict)  # pyright: ignore[reportUnknownVariableType]
    keywords = Array(base_column=Varchar(60))
