"""REST of policies, calendars and the history of a clock, over HTTP."""

from datetime import timedelta
from typing import Any

import msgspec
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch_value
from service_desk.rules.policies.policies import SHIPPED_POLICIES
from service_desk.sla_settings.rollout import roll_out_terms
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff, make_ticket
from tests.rest.calling import get, post

HOUR = timedelta(hours=1)
STANDARD: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(SHIPPED_POLICIES[-1]))
QUICKER = STANDARD | {"targets": STANDARD["targets"] | {"resolution": 86400}}
OFFICE = {
    "tz": "Asia/Shanghai",
    "week": {day: [["09:00", "12:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "public_holidays": "CN",
}

GERMAN: dict[str, Any] = {
    "country": "DE", "first_year": 2026, "last_year": 2036, "closed": [], "adjusted_workdays": []
}  # fmt: skip


async def test_policies_in_force_in_order_and_whole(api: AsyncClient) -> None:
    answer = await get(api, "/sla/policies")
    names = [item["name"] for item in answer["items"]]
    assert names == ["safety", "counter exchange/return", "standard"]
    assert answer["next"] is None
    assert len({item["id"] for item in answer["items"]}) == 3
    assert answer["items"][2] == {
        "id": answer["items"][2]["id"],
        "name": "standard",
        "version": 1,
        "policy": STANDARD,
        "created_at": "2026-10-15T02:00:00Z",
        "created_by": None,
        "retired_at": None,
    }


async def test_a_level_without_recipients_is_refused_by_name(api: AsyncClient) -> None:
    silent = {"name": "z", "targets": {"response": 60}, "levels": [60, 100]}
    refused = await post(api, "/sla/policies", {"policy": silent}, 400)
    assert refused["field"] == "recipients.60"
    assert refused["detail"].startswith("Name the recipients at 60 %")
    named = silent | {"recipients": {"60": [], "100": ["assignee"]}}
    await post(api, "/sla/policies", {"policy": named}, 201)


async def test_saving_adds_a_version(api: AsyncClient) -> None:
    saved = await post(api, "/sla/policies", {"policy": QUICKER, "based_on": 1}, 201)
    assert (saved["version"], saved["created_by"]) == (2, "Admin")
    versions = (await get(api, "/sla/policies/standard/versions"))["items"]
    assert [(v["version"], v["policy"]["targets"]["resolution"]) for v in versions] == [
        (2, 86400),
        (1, 172800),
    ]
    assert versions[0]["retired_at"] is None
    assert versions[1]["retired_at"] == versions[0]["created_at"]
    refused = await post(api, "/sla/policies", {"policy": STANDARD, "based_on": 1}, 409)
    assert refused["detail"].startswith("Admin has saved version 2")
    slashed = await get(api, "/sla/policies/counter%20exchange%2Freturn/versions")
    assert [v["version"] for v in slashed["items"]] == [1]
    for unknown in ("/sla/policies/vip/versions", "/sla/calendars/vip/versions"):
        assert (await api.get(unknown)).status_code == 404


async def test_an_unknown_base_version_is_refused(api: AsyncClient) -> None:
    vip = {"name": "vip", "targets": {"response": 600}}
    office = {"name": "office", "calendar": OFFICE}
    for suffix in ("", "/preview"):
        for path, body, detail in [
            ("policies", {"policy": vip, "based_on": 3}, "There is no vip to base this on"),
            ("policies", {"policy": STANDARD, "based_on": 7}, "standard has no version 7; the"),
            ("policies", {"policy": STANDARD, "based_on": -1}, "standard has no version -1; the"),
            ("calendars", office | {"based_on": 1}, "There is no office to base this on"),
        ]:
            refused = await post(api, f"/sla/{path}{suffix}", body, 400)
            assert refused["field"] == "based_on"
            assert refused["detail"].startswith(detail)
    await post(api, "/sla/policies", {"policy": vip, "based_on": 0}, 201)
    await post(api, "/sla/policies", {"policy": STANDARD, "based_on": 0}, 409)


async def test_an_edit_applies_to_open_tickets_on_request(api: AsyncClient) -> None:
    number = (await make_ticket()).number
    in_force = (await get(api, "/sla/policies"))["items"][-1]
    standard = {key: in_force[key] for key in ("id", "name", "version")}
    body = {"policy": QUICKER, "apply_to_open": True}
    assert await post(api, "/sla/policies/preview", body) == {
        "open_tickets": 1,
        "affected": 1,
        "due_moved": 1,
        "examples": [
            {
                "number": number,
                "clock": "resolution",
                "due_at": "2026-10-17T02:00:00Z",
                "new_due_at": "2026-10-16T02:00:00Z",
            }
        ],
        "current_terms": [
            {"tickets": 1, "policy": standard, "calendar": None, "new_policy": None},
        ],
    }
    assert await fetch_value("SELECT count(*) FROM policy_version") == 3
    await post(api, "/sla/policies", body, 201)
    (rollout,) = (await get(api, "/sla/rollouts"))["items"]
    assert (rollout["what"], rollout["name"], rollout["version"]) == ("policy", "standard", 2)
    assert (rollout["processed"], rollout["remaining"], rollout["finished_at"]) == (0, 1, None)
    await roll_out_terms(NOW)
    (rollout,) = (await get(api, "/sla/rollouts"))["items"]
    assert (rollout["remaining"], rollout["changed"]) == (0, 1)
    assert rollout["requested_by"] == "Admin"
    assert rollout["finished_at"] is not None
    ticket = await get(api, f"/tickets/{number}")
    due = {clock["name"]: clock["due_at"] for clock in ticket["clocks"]}
    assert due["resolution"] == "2026-10-16T02:00:00Z"


async def test_calendars(api: AsyncClient) -> None:
    assert await get(api, "/sla/calendars") == {"items": [], "next": None}
    body = {"name": "office", "calendar": OFFICE}
    assert (await post(api, "/sla/calendars/preview", body))["due_moved"] == 0
    assert (await post(api, "/sla/calendars", body, 201))["version"] == 1
    assert (await post(api, "/sla/calendars", body | {"based_on": 1}, 201))["version"] == 2
    (shown,) = (await get(api, "/sla/calendars"))["items"]
    known = shown["calendar"].pop("known_holidays")
    assert shown["calendar"] == OFFICE | {"closed_dates": [], "date_hours": {}}
    assert "2026-10-01" in known["closed"]
    assert "2026-10-10" in known["adjusted_workdays"]
    assert len((await get(api, "/sla/calendars/office/versions"))["items"]) == 2
    await post(api, "/sla/policies", {"policy": STANDARD | {"calendar": "office"}}, 201)
    await make_ticket(at=wall_clock.now())
    own = known | {"adjusted_workdays": []}
    kept = {"name": "own", "calendar": OFFICE | {"known_holidays": own}}
    answer = await post(api, "/sla/calendars", kept, 201)
    assert answer["calendar"]["known_holidays"] == own
    closed = {"name": "office", "calendar": OFFICE | {"week": {"sun": [["00:00", "01:00"]]}}}
    assert (await post(api, "/sla/calendars/preview", closed))["due_moved"] == 1


async def test_a_ticket_names_its_terms_as_rest_does(api: AsyncClient) -> None:
    """The clocks, their history and the event name the same versions, which are in the lists."""
    await post(api, "/sla/calendars", {"name": "office", "calendar": OFFICE}, 201)
    await post(api, "/sla/calendars", {"name": "office", "calendar": OFFICE}, 201)
    policy = await post(api, "/sla/policies", {"policy": STANDARD | {"calendar": "office"}}, 201)
    calendar = (await get(api, "/sla/calendars"))["items"][0]
    number = (await make_ticket()).number
    ticket = await get(api, f"/tickets/{number}")
    soon = (wall_clock.now() + timedelta(hours=9)).isoformat()
    promised = await post(api, f"/tickets/{number}/promise", {"at": soon})
    named = {key: policy[key] for key in ("id", "name", "version")}
    assert (named["name"], named["version"]) == ("standard", 2)
    in_hours = {key: calendar[key] for key in ("id", "name", "version")}
    assert (in_hours["name"], in_hours["version"]) == ("office", 2)
    for one in ticket["clocks"]:
        assert (one["policy"], one["calendar"]) == (named, in_hours)
        (trail,) = (await get(api, f"/tickets/{number}/clocks/{one['name']}/history"))["clocks"]
        assert (trail["policy"], trail["calendar"]) == (named, in_hours)
    by_name = {one["name"]: one for one in promised["clocks"]}
    assert (by_name["promise"]["policy"], by_name["promise"]["calendar"]) == (named, None)
    (applied,) = [e["data"] for e in ticket["events"] if e["type"] == "sla.policy_applied"]
    assert applied == {
        "policy": "standard", "policy_version": policy["id"], "calendar_version": calendar["id"],
    }  # fmt: skip


async def test_policies_move_and_retire(api: AsyncClient) -> None:
    vip = {"name": "vip", "targets": {"response": 600}, "match": {"tiers": ["A"]}}
    await post(api, "/sla/policies", {"policy": vip}, 201)
    expected = await post(api, "/sla/policies/move/preview", {"name": "vip", "to": "down"})
    nothing: dict[str, Any] = {"open_tickets": 0, "affected": 0, "due_moved": 0}
    assert expected == nothing | {"examples": [], "current_terms": []}
    swap = {"name": "vip", "to": "down", "swapped_with": "safety"}
    moved = await post(api, "/sla/policies/move", swap)
    assert [item["name"] for item in moved["items"]][:2] == ["safety", "vip"]
    moves = (await get(api, "/sla/policies/moves"))["items"]
    assert [(m["name"], m["to"], m["swapped_with"], m["moved_by"]) for m in moves] == [
        ("vip", "down", "safety", "Admin")
    ]
    await post(api, "/sla/policies/move", swap, 409)  # they are swapped already
    left = await post(api, "/sla/policies/retire", {"name": "vip"})
    assert [item["name"] for item in left["items"]][:2] == ["safety", "counter exchange/return"]
    assert (await api.post("/sla/policies/retire", json={"name": "vip"})).status_code == 404
    refused = await post(api, "/sla/policies/retire", {"name": "standard"}, 400)
    assert refused["field"] == "name"


async def test_invalid_input_names_the_field(api: AsyncClient) -> None:
    for path, body, field in [
        ("policies", {"policy": STANDARD | {"targets": {"response": 0}}}, "targets.response"),
        ("policies", {"policy": STANDARD | {"calendar": "moon"}}, "calendar"),
        (
            "policies",
            {"policy": STANDARD | {"match": {"channels": ["owl"]}}},
            "policy.match.channels[0]",
        ),
        ("policies", {"policy": STANDARD | {"recipients": {"100": ["x"]}}}, "policy.recipients"),
        ("policies", {"policy": STANDARD | {"quiet_hours": ["22:00", "x"]}}, "quiet_hours"),
        ("policies", {"policy": STANDARD | {"mood": "good"}}, "policy.mood"),
        ("policies", {"policy": STANDARD, "apply_to_open": "maybe"}, "apply_to_open"),
        ("calendars", {"name": "x", "calendar": {"week": {"mon": [["9", "10"]]}}}, "week.mon"),
        ("calendars", {"name": "", "calendar": OFFICE}, "name"),
        ("calendars", {"name": "x", "calendar": OFFICE | {"tz": "Moon"}}, "tz"),
        (
            "calendars",
            {"name": "x", "calendar": OFFICE | {"known_holidays": GERMAN}},
            "known_holidays",
        ),
    ]:
        for suffix in ("", "/preview"):
            refused = await post(api, f"/sla/{path}{suffix}", body, 400)
            assert refused["field"] == field
    assert await fetch_value("SELECT count(*) FROM calendar_version") == 0


async def test_a_code_that_does_not_fit_is_refused_with_those_that_do(api: AsyncClient) -> None:
    for wrong in ({"match": {"channels": ["owl"]}}, {"recipients": {"100": ["owl"]}}):
        refused = await post(api, "/sla/policies", {"policy": STANDARD | wrong}, 400)
        assert "“owl” is not one of the choices (allowed: a" in refused["detail"]


async def test_scopes(client: AsyncClient) -> None:
    await make_staff("agent")
    await make_staff("supervisor")
    agent = await create_token("agent@desk.test", ["all"], now=NOW)
    narrow = await create_token("supervisor@desk.test", ["sla:read"], now=NOW)
    number = (await make_ticket()).number
    for token, path, body, status in [
        (agent, "/sla/policies", None, 200),
        (agent, "/sla/policies", {"policy": QUICKER}, 403),
        (agent, "/sla/policies/preview", {"policy": QUICKER}, 403),
        (agent, "/sla/calendars", {"name": "x", "calendar": OFFICE}, 403),
        (agent, f"/tickets/{number}/clocks/response/history", None, 200),
        (narrow, "/sla/calendars", None, 200),
        (narrow, "/sla/policies", {"policy": QUICKER}, 403),
        (narrow, f"/tickets/{number}/due", {}, 403),
        ("", "/sla/policies", None, 401),
    ]:
        answer = await client.request(
            "GET" if body is None else "POST",
            f"/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == status, (path, answer.text)
