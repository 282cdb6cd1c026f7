"""Rows of one table through Piccolo, against plain SQL."""

import pytest
from msgspec import Struct

from service_desk.database import fetch, fetch_value, transaction
from service_desk.rows import (
    count,
    delete,
    delete_counted,
    exists,
    get,
    get_value,
    insert,
    is_in,
    list_rows,
    not_in,
    update,
    update_counted,
)
from service_desk.tables import ApiToken, Staff
from tests.factories import NOW, make_staff


class Member(Struct, frozen=True):
    id: int
    name: str


class TokenOwner(Struct, frozen=True):
    token_hash: str
    owner: str


async def add(*names: str) -> list[int]:
    return [
        await insert(
            Staff,
            email=f"{name}@example.com",
            name=name,
            role="agent",
            password_hash="-",
            created_at=NOW,
        )
        for name in names
    ]


async def test_what_is_inserted_is_found(desk: str) -> None:
    first, second = await add("fire", "smoke")
    assert await get(Member, Staff, id=second) == Member(second, "smoke")
    assert await get(Member, Staff, Staff.name == "fire") == Member(first, "fire")
    assert await get(Member, Staff, name="water") is None
    assert await fetch_value("SELECT count(*) FROM staff WHERE phone IS NULL") == 2
    assert await count(Staff, phone=None) == 2


async def test_one_value(desk: str) -> None:
    first, _ = await add("fire", "smoke")
    assert await get_value(Staff.name, id=first) == "fire"
    assert await get_value(Staff.id, Staff.name == "fire", role="agent") == first
    assert await get_value(Staff.phone, id=first) is None
    assert await get_value(Staff.name, id=0) is None
    assert await get_value(Staff.name, newest_by=Staff.id, role="agent") == "smoke"


async def test_lists_in_order_and_no_more_than_asked_for(desk: str) -> None:
    await add("b", "c", "a")
    rows = await list_rows(Member, Staff, order_by=Staff.name)
    assert [row.name for row in rows] == ["a", "b", "c"]
    rows = await list_rows(
        Member, Staff, Staff.name != "b", order_by=Staff.name, descending=True, limit=1
    )
    assert [row.name for row in rows] == ["c"]
    assert len(await list_rows(Member, Staff)) == 3


async def test_updates_only_what_fits(desk: str) -> None:
    first, second = await add("fire", "smoke")
    await update(Staff, {Staff.name: "flames"}, id=first)
    assert await update_counted(Staff, {Staff.name: "gas"}, name="nothing like it") == 0
    assert await update_counted(Staff, {"name": "smog"}, id=second) == 1
    rows = await fetch("SELECT id, name FROM staff ORDER BY id")
    assert [tuple(row) for row in rows] == [(first, "flames"), (second, "smog")]


async def test_deletes_only_what_fits(desk: str) -> None:
    first, second = await add("fire", "smoke")
    assert await delete_counted(Staff, Staff.id > first) == 1
    assert await exists(Staff, id=first)
    assert not await exists(Staff, id=second)
    await delete(Staff, id=first)
    assert await count(Staff) == 0


async def test_all_rows_at_once_are_refused(desk: str) -> None:
    await add("fire")
    with pytest.raises(Exception, match="force"):
        await update(Staff, {Staff.name: "x"})
    with pytest.raises(Exception, match="force"):
        await delete(Staff)
    assert await count(Staff) == 1


async def test_a_column_behind_a_foreign_key(desk: str) -> None:
    staff = await make_staff(name="Li Na")
    token = await insert(ApiToken, token_hash="h", staff=staff, scopes=["all"], created_at=NOW)
    assert token == "h"  # the primary key, whatever it is
    owner = await get(TokenOwner, ApiToken, columns={"owner": ApiToken.staff.name}, staff=staff)
    assert owner == TokenOwner("h", "Li Na")


async def test_it_joins_the_transaction(desk: str) -> None:
    async def add_and_fail() -> None:
        async with transaction():
            await add("fire")
            assert await get(Member, Staff, lock=True, name="fire") is not None
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await add_and_fail()
    assert not await exists(Staff)


async def test_null_is_not_equal_to_anything_else(desk: str) -> None:
    await make_staff(email="a@example.com")
    assert await count(Staff, phone=None) == 1
    assert await count(Staff, phone="+8613800138000") == 0


async def test_one_of_several_values(desk: str) -> None:
    first, second = await add("fire", "smoke")
    assert await count(Staff, is_in(Staff.name, ("fire", "water"))) == 1
    assert [row.id for row in await list_rows(Member, Staff, not_in(Staff.id, [first]))] == [second]
