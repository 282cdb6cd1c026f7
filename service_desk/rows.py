"""Rows of one table through Piccolo: get, list, insert, update by column, delete, count.

    member = await get(StaffMember, Staff, id=staff_id)
    open_ = await list_rows(Summary, Ticket, Ticket.state != "closed", order_by=Ticket.id)
    await update(Staff, {Staff.active: False}, id=staff_id)

A row comes back as the Struct asked for: its fields are the columns that are read. Conditions are
Piccolo's, keyword arguments compare for equality (None: IS NULL). All of it joins the transaction
that is open. What one statement must do beyond this is SQL, in the queries of its feature.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

import msgspec
from piccolo.columns import Column
from piccolo.columns.combination import And, Or, Where
from piccolo.custom_types import Combinable
from piccolo.table import Table, TableMeta

T = TypeVar("T", bound=msgspec.Struct)
Condition = Where | And | Or
OrderBy = Column | tuple[Column, ...]


async def get(
    shape: type[T],
    table: type[Table],
    *conditions: Condition,
    columns: Mapping[str, Column] | None = None,
    lock: bool = False,
    **equal: Any,
) -> T | None:
    """One row, or None. `columns`: for fields that are named otherwise, or are of a table that a
    foreign key leads to. `lock`: FOR NO KEY UPDATE, which lets others insert rows that refer to
    it."""
    query = _select(shape, table, columns).where(*_conditions(table, conditions, equal)).limit(1)
    rows = await (query.lock_rows("NO KEY UPDATE", of=(table,)) if lock else query)
    return msgspec.convert(rows[0], shape) if rows else None


async def get_value(
    column: Column, *conditions: Condition, newest_by: Column | None = None, **equal: Any
) -> Any:
    """One column of one row; None if there is no such row, too. `newest_by`: of several rows, the
    one where this is greatest."""
    table = column._meta.table  # pyright: ignore[reportPrivateUsage] - no public way
    query = _table(table).select(column).where(*_conditions(table, conditions, equal)).limit(1)
    if newest_by is not None:
        query = query.order_by(newest_by, ascending=False)
    rows = await query.output(as_list=True)
    return rows[0] if rows else None


async def list_rows(
    shape: type[T],
    table: type[Table],
    *conditions: Condition,
    columns: Mapping[str, Column] | None = None,
    order_by: OrderBy = (),
    descending: bool = False,
    limit: int | None = None,
    **equal: Any,
) -> list[T]:
    query = _select(shape, table, columns).where(*_conditions(table, conditions, equal))
    if order := order_by if isinstance(order_by, tuple) else (order_by,):
        query = query.order_by(*order, ascending=not descending)
    rows = await (query if limit is None else query.limit(limit))
    return msgspec.convert(rows, list[shape])


async def insert(table: type[Table], **values: Any) -> Any:
    """Insert one row; its primary key. Columns that are left out get the table's defaults."""
    (row,) = await _table(table).insert(table(**values)).returning(_key(table))
    return next(iter(row.values()))


async def update(
    table: type[Table],
    values: Mapping[Any, Any],
    *conditions: Condition,
    **equal: Any,
) -> None:
    """Update these columns (or columns of these names) of the rows that fit. Refuses to update
    all."""
    await _update(table, values, conditions, equal)


async def update_counted(
    table: type[Table],
    values: Mapping[Any, Any],
    *conditions: Condition,
    **equal: Any,
) -> int:
    """Update them; how many there were. The key of each travels for it, so `update` is for many."""
    return len(await _update(table, values, conditions, equal).returning(_key(table)))


async def delete(table: type[Table], *conditions: Condition, **equal: Any) -> None:
    """Delete the rows that fit. Refuses to delete all."""
    await _delete(table, conditions, equal)


async def delete_counted(table: type[Table], *conditions: Condition, **equal: Any) -> int:
    """Delete them; how many there were. As for `update_counted`, not for many."""
    return len(await _delete(table, conditions, equal).returning(_key(table)))


async def count(table: type[Table], *conditions: Condition, **equal: Any) -> int:
    return await _table(table).count().where(*_conditions(table, conditions, equal))


async def exists(table: type[Table], *conditions: Condition, **equal: Any) -> bool:
    return await _table(table).exists().where(*_conditions(table, conditions, equal))


def is_in(column: Column, values: Iterable[Any]) -> Condition:
    """A condition: the column holds one of these values."""
    return cast(Any, column).is_in(list(values))


def not_in(column: Column, values: Iterable[Any]) -> Condition:
    return cast(Any, column).not_in(list(values))


def _select(
    shape: type[msgspec.Struct], table: type[Table], columns: Mapping[str, Column] | None
) -> Any:
    named = columns or {}
    return _table(table).select(
        *(
            named[field].as_alias(field) if field in named else _column(table, field)
            for field in shape.__struct_encode_fields__
        )
    )


def _update(
    table: type[Table],
    values: Mapping[Any, Any],
    conditions: tuple[Condition, ...],
    equal: Mapping[str, Any],
) -> Any:
    return _table(table).update(dict(values)).where(*_conditions(table, conditions, equal))


def _delete(table: type[Table], conditions: tuple[Condition, ...], equal: Mapping[str, Any]) -> Any:
    return _table(table).delete().where(*_conditions(table, conditions, equal))


def _conditions(
    table: type[Table], conditions: tuple[Condition, ...], equal: Mapping[str, Any]
) -> list[Combinable]:
    return [*conditions, *(_column(table, name) == value for name, value in equal.items())]


def _column(table: type[Table], name: str) -> Any:
    return _meta(table).get_column_by_name(name)


def _key(table: type[Table]) -> Column:
    return _meta(table).primary_key


def _table(table: type[Table]) -> Any:
    """Piccolo leaves most of its query methods without types; here they end."""
    return cast(Any, table)


def _meta(table: type[Table]) -> TableMeta:
    return table._meta  # pyright: ignore[reportPrivateUsage] - Piccolo's own documentation uses it
