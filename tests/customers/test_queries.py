"""A page of customers costs what is on it."""

from service_desk.customers.queries import LIST_CUSTOMERS
from service_desk.database import fetch, transaction
from tests.factories import NOW

MANY = """
INSERT INTO customer (name, phone, locale, tier, tier_pinned, spend_12m, created_at)
SELECT 'Li Lei ' || n, '+86139' || lpad(n::text, 8, '0'), 'zh', 'C', false, 0, $1
FROM generate_series(1, 3000) AS n
"""


async def test_only_the_tickets_of_a_page_are_counted(desk: str) -> None:
    """By the plan for any page, too, which does not know how short a page is."""
    await fetch(MANY, NOW)
    await fetch("ANALYZE customer")
    async with transaction(plan_once=True):
        await fetch(f"PREPARE page AS {LIST_CUSTOMERS}")
        plan = await fetch(
            "EXPLAIN (ANALYZE, TIMING OFF) "
            "EXECUTE page (NULL, '{}', '{}', NULL, NULL, NULL, NULL, 20)"
        )
        await fetch("DEALLOCATE page")
    text = "\n".join(row["QUERY PLAN"] for row in plan)
    counted = next(line for line in text.splitlines() if "Aggregate" in line)
    assert "loops=20)" in counted, text
