import asyncio
import re
from contextvars import Context
from pathlib import Path

import asyncpg
import pytest

from service_desk.database import (
    after_commit,
    fetch,
    fetch_value,
    report_connection_errors,
    snapshot,
    transaction,
)
from service_desk.errors import Unavailable
from tests.factories import make_staff


async def test_an_inner_transaction_joins_and_callbacks_run_after_the_outermost(desk: str) -> None:
    called: list[int] = []

    async def call() -> None:
        called.append(await fetch_value("SELECT offset_seconds FROM demo_clock"))

    async with transaction():
        async with transaction():
            await fetch("INSERT INTO demo_clock (id, offset_seconds) VALUES (1, 7)")
            after_commit(call)
        assert called == []
    assert called == [7]


async def test_a_rollback_drops_its_callbacks(desk: str) -> None:
    called: list[str] = []

    async def call() -> None:
        called.append("x")

    async def fail() -> None:
        async with transaction():
            await fetch("INSERT INTO demo_clock (id, offset_seconds) VALUES (1, 7)")
            after_commit(call)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert called == []
    assert await fetch_value("SELECT count(*) FROM demo_clock") == 0


async def test_json_is_read_as_values(desk: str) -> None:
    assert await fetch_value("SELECT $1::jsonb", {"a": [1, None, "二"]}) == {"a": [1, None, "二"]}


async def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    url = "postgresql://desk:hush@127.0.0.1:1/desk"
    expected = pytest.raises(Unavailable, match=r"127\.0\.0\.1:1 .* DATABASE_URL")
    with expected as raised, report_connection_errors(url):
        await asyncpg.connect(url)
    assert "hush" not in str(raised.value)


async def test_a_snapshot_sees_one_moment_and_writes_nothing(desk: str) -> None:
    count = "SELECT count(*) FROM staff"
    async with snapshot():
        before = await fetch_value(count)
        await asyncio.get_running_loop().create_task(make_staff(), context=Context())
        assert await fetch_value(count) == before
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await make_staff("supervisor")
    assert await fetch_value(count) == before + 1


def test_a_limited_claim_is_materialized() -> None:
    """As `WHERE id IN (SELECT … LIMIT n FOR UPDATE SKIP LOCKED)` it may run once for each row of
    the outer table. Each run skips what those before have locked: more than n are claimed."""
    claim = re.compile(r"\bIN \((?=\s*SELECT)[^()]*\bLIMIT\b[^()]*\bUPDATE\b")
    code = (Path(__file__).parent.parent / "service_desk").rglob("*.py")
    assert [path.name for path in code if claim.search(path.read_text())] == []
    assert claim.search("WHERE id IN (\n  SELECT id FROM call LIMIT $1 FOR UPDATE SKIP LOCKED)")


async def test_plans_are_kept_in_the_transactions_that_ask_for_it(desk: str) -> None:
    mode = "SHOW plan_cache_mode"
    async with transaction(plan_once=True):
        assert await fetch_value(mode) == "force_generic_plan"
        async with transaction():
            assert await fetch_value(mode) == "force_generic_plan"
    assert await fetch_value(mode) == "auto"
    async with transaction():
        assert await fetch_value(mode) == "auto"
        async with transaction(plan_once=True):  # the outer one says
            assert await fetch_value(mode) == "auto"
