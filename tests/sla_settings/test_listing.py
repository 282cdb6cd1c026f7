"""REST's SLA lists over HTTP: the pages together are the whole list."""

from typing import Any

import pytest
from httpx import AsyncClient

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match, Policy
from service_desk.sla_settings.editing import retire_policy, save_calendar, save_policy
from service_desk.sla_settings.ordering import move_policy
from tests.factories import NOW, By, make_staff

STANDARD = SHIPPED_POLICIES[-1]
OFFICE = Calendar(week={"mon": [("09:00", "18:00")]})


async def page(api: AsyncClient, path: str, **parameters: Any) -> Any:
    answer = await api.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def pages(api: AsyncClient, path: str, limit: int) -> list[list[Any]]:
    found: list[list[Any]] = []
    after: dict[str, str] = {}
    while True:
        answer = await page(api, path, limit=limit, **after)
        found.append(answer["items"])
        if answer["next"] is None:
            return found
        after = {"after": answer["next"]}


@pytest.fixture
async def edited(desk: str) -> By:
    """Policies, calendars and moves, some with several versions."""
    by = By(staff_id=await make_staff("supervisor"), now=NOW)
    for _ in range(2):
        await save_policy(STANDARD, apply_to_open=True, **by)
    vip = Policy("vip", {"response": 600}, Match(tiers=("A",)))
    await save_policy(vip, apply_to_open=True, **by)
    for to in ("down", "down", "up"):
        await move_policy("vip", to, apply_to_open=False, **by)
    for name in ("office", "shop", "office", "depot", "office"):
        await save_calendar(name, OFFICE, apply_to_open=False, **by)
    return by


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
@pytest.mark.parametrize(
    ("path", "field", "whole"),
    [
        ("policies", "name", ["safety", "vip", "counter exchange/return", "standard"]),
        ("policies/standard/versions", "version", [3, 2, 1]),
        ("policies/counter%20exchange%2Freturn/versions", "version", [1]),
        ("policies/moves", "to", ["up", "down", "down"]),
        ("calendars", "name", ["depot", "office", "shop"]),
        ("calendars/office/versions", "version", [3, 2, 1]),
        ("rollouts", "name", ["vip", "standard", "standard"]),
    ],
)
async def test_the_pages_together_are_the_whole_list(
    api: AsyncClient, edited: By, path: str, field: str, whole: list[Any], limit: int
) -> None:
    found = await pages(api, f"/sla/{path}", limit)
    assert [item[field] for items in found for item in items] == whole
    assert [len(items) for items in found[:-1]] == [limit] * (len(found) - 1)
    assert len(found) == -(-len(whole) // limit)


async def test_a_policy_retired_between_two_pages_keeps_its_place(
    api: AsyncClient, edited: By
) -> None:
    first = await page(api, "/sla/policies", limit=2)
    assert first["items"][-1]["name"] == "vip"
    await retire_policy("vip", apply_to_open=False, **edited)
    rest = await page(api, "/sla/policies", limit=2, after=first["next"])
    assert [item["name"] for item in rest["items"]] == ["counter exchange/return", "standard"]
    assert rest["next"] is None


async def test_invalid_limits_and_cursors_are_rejected(api: AsyncClient) -> None:
    paths = ("policies", "policies/moves", "policies/standard/versions", "calendars", "rollouts")
    for path in paths:
        for invalid, field in (({"limit": 0}, "limit"), ({"limit": 201}, "limit"),
                             ({"after": "?"}, "after")):  # fmt: skip
            refused = await api.get(f"/sla/{path}", params=invalid)
            assert (refused.status_code, refused.json()["field"]) == (400, field)
    for path in ("policies/none/versions", "calendars/none/versions"):
        assert (await api.get(f"/sla/{path}", params={"limit": 5})).status_code == 404
