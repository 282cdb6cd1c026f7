"""The REST contract for tickets, over HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from httpx import AsyncClient

from service_desk.database import fetch
from service_desk.paging import encode_cursor
from service_desk.staff.operations import create_token
from tests.factories import NOW, PHONE, make_staff

BODY: dict[str, Any] = {
    "kind": "complaint",
    "subject": "Does not spin",
    "description": "The washing machine does not spin",
    "customer": {"name": "Li Lei", "phone": PHONE},
    "product": "W1",
    "supplier": "Acme",
}


async def opened(api: AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await api.post("/tickets", json=BODY | changes)
    assert response.status_code == 201, response.text
    assert response.headers["location"] == f"/api/v1/tickets/{response.json()['number']}"
    return response.json()


async def test_a_ticket_is_opened_and_read(api: AsyncClient) -> None:
    ticket = await opened(api, external_id="X-1")
    assert ticket["state"] == "new"
    assert [clock["name"] for clock in ticket["clocks"]] == ["response", "handling", "resolution"]
    first = ticket["clocks"][0]
    assert first["state"] == "running"
    assert 7190 < first["remaining_seconds"] <= 7200
    assert first["met_at"] is None
    assert set(ticket["rank"]) == {"rank_at", "because"}
    assert (await api.get(f"/tickets/{ticket['number']}")).json()["number"] == ticket["number"]
    found = await api.get("/tickets", params={"external_id": "X-1", "state": "any"})
    assert [item["number"] for item in found.json()["items"]] == [ticket["number"]]


async def test_verbs_change_the_state(api: AsyncClient) -> None:
    at = f"/tickets/{(await opened(api))['number']}"
    soon = (datetime.now(UTC) + timedelta(hours=5)).isoformat()
    for verb, body, state in [
        ("assign", {"assignee": "admin@desk.test"}, "open"),
        ("messages", {"body": "We look into it", "visibility": "public"}, "open"),
        ("messages", {"body": "Pump?", "visibility": "note"}, "open"),
        ("messages", {"body": "Called", "visibility": "public", "via": "call"}, "open"),
        ("handling-plan", {"diagnosis": "Pump", "plan": "Replace", "options": ["A", "B"]}, "open"),
        ("promise", {"at": soon}, "open"),
        ("refer", {"question": "Free of charge?"}, "open"),
        ("wait", {"for": "customer", "note": "model?"}, "waiting_customer"),
        ("resume", {}, "open"),
        ("classify", {"category": "product.noise", "severity": "high"}, "open"),
        (
            "resolve",
            {"resolution": "Replaced", "cause": "unknown", "cause_note": "Lost", "told_by": "call"},
            "resolved",
        ),
        ("reopen", {"reason": "Still broken"}, "open"),
        ("resolve", {"resolution": "Replaced it all", "cause": "supplier_quality"}, "resolved"),
        ("close", {}, "closed"),
    ]:
        response = await api.post(f"{at}/{verb}", json=body)
        assert (response.status_code, response.json().get("state")) == (200, state), response.text
    ticket = (await api.get(at)).json()
    assert ticket["cause"] == "supplier_quality"
    assert {clock["name"]: clock["state"] for clock in ticket["clocks"]} | {"promise": "met"} == {
        "response": "met",
        "handling": "met",
        "resolution": "met",
        "promise": "met",
        "referral": ticket["clocks"][-1]["state"],
    }


async def test_a_move_not_allowed_is_409_with_the_state(api: AsyncClient) -> None:
    at = f"/tickets/{(await opened(api))['number']}"
    await api.post(f"{at}/classify", json={"kind": "repair"})
    await api.post(f"{at}/resolve", json={"resolution": "Done"})
    response = await api.post(f"{at}/wait", json={"for": "parts"})
    assert response.status_code == 409
    assert response.json()["state"] == "resolved"
    assert response.headers["content-type"].startswith("application/problem+json")
    assert "resolved" in response.json()["detail"]


async def test_a_complaint_is_resolved_with_a_category_and_a_cause(api: AsyncClient) -> None:
    at = f"/tickets/{(await opened(api))['number']}"
    bare = {"resolution": "Done"}
    for given, field in (
        (bare, "category"),
        (bare, "cause"),
        (bare | {"cause": "unknown", "cause_note": " "}, "cause_note"),
    ):
        refused = await api.post(f"{at}/resolve", json=given)
        assert (refused.status_code, refused.json()["field"]) == (400, field)
        await api.post(f"{at}/classify", json={"category": "product.noise"})
    resolved = await api.post(f"{at}/resolve", json=bare | {"cause": "our_service"})
    assert (resolved.status_code, resolved.json()["state"]) == (200, "resolved")


async def test_invalid_input_names_the_field_and_what_is_allowed(api: AsyncClient) -> None:
    response = await api.post("/tickets", json=BODY | {"kind": "rant"})
    assert response.status_code in (400, 422)
    assert response.json()["field"] == "kind"
    assert "exchange_return" in response.json()["detail"]
    response = await api.post("/tickets", json=BODY | {"received_at": "2026-10-10T10:00:00"})
    assert response.status_code == 400
    assert response.json()["field"] == "received_at"
    response = await api.post("/tickets", json=BODY | {"customer": {"phone": "12"}})
    assert response.status_code == 400
    assert "phone" in response.json()["field"]


async def test_the_queue_is_ranked_and_paged_by_cursor(api: AsyncClient) -> None:
    for severity in ("low", "high", "normal", "safety"):
        await opened(api, severity=severity)
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await api.get("/queue", params={"limit": 3, **after})).json()
        seen += [item["severity"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == ["safety", "high", "normal", "low"]
    filtered = (await api.get("/queue", params={"severity": "high", "q": "spin"})).json()
    assert [item["severity"] for item in filtered["items"]] == ["high"]
    assert (await api.get("/queue", params={"after": "nonsense!"})).status_code == 400


async def test_chinese_is_found_by_part_of_a_word(api: AsyncClient) -> None:
    await opened(api, subject="洗衣机不脱水", description="今天早上开始洗衣机不脱水了")
    for words, hits in (("洗衣", 1), ("脱水", 1), ("冰箱", 0)):
        page = (await api.get("/queue", params={"q": words})).json()
        assert len(page["items"]) == hits, words


async def test_take_next_claims_the_top_then_204(api: AsyncClient) -> None:
    number = (await opened(api))["number"]
    response = await api.post("/queue/take-next")
    assert (response.status_code, response.json()["number"]) == (200, number)
    assert response.json()["assignee"] == "admin@desk.test"
    assert (await api.post("/queue/take-next")).status_code == 204


async def test_an_idempotency_key_makes_a_post_safe_to_repeat(api: AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    first = await api.post("/tickets", json=BODY, headers=key)
    again = await api.post("/tickets", json=BODY, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await api.post("/tickets", json=BODY | {"subject": "Other"}, headers=key)
    assert other.status_code == 409
    assert len((await api.get("/queue")).json()["items"]) == 1
    refused = await api.post(
        "/tickets", json=BODY | {"kind": "x"}, headers={"Idempotency-Key": "2"}
    )
    assert refused.status_code in (400, 422)
    corrected = await api.post("/tickets", json=BODY, headers={"Idempotency-Key": "2"})
    assert corrected.status_code == 201


async def test_every_call_needs_a_token_with_its_scope(api: AsyncClient) -> None:
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["tickets:read"], now=NOW)
    reader = {"Authorization": f"Bearer {token}"}
    assert (await api.get("/queue", headers=reader)).status_code == 200
    assert (await api.post("/tickets", json=BODY, headers=reader)).status_code == 403
    nobody = {"Authorization": "Bearer nonsense"}
    assert (await api.get("/queue", headers=nobody)).status_code == 401
    assert (await api.get("/tickets/100014", headers=nobody)).status_code == 401


async def test_unknown_tickets_are_404(api: AsyncClient) -> None:
    assert (await api.get("/tickets/100014")).status_code == 404
    assert (await api.post("/tickets/100014/close", json={})).status_code == 404


async def test_a_search_without_words_finds_nothing(api: AsyncClient) -> None:
    await opened(api)
    for q in ("？", "😀", "'\"", "&|!"):
        for path in ("/queue", "/tickets"):
            page = await api.get(path, params={"q": q})
            assert (page.status_code, page.json()["items"]) == (200, []), q


async def test_unstorable_input_is_refused(api: AsyncClient) -> None:
    number = (await opened(api))["number"]
    for field in ("category", "supplier", "product", "serial_number", "external_id"):
        response = await api.post("/tickets", json=BODY | {field: "a\0b"})
        assert response.status_code == 400, field
    assert (await api.post("/tickets", json=BODY | {"subject": "\0"})).status_code == 400
    assert (await api.get("/queue", params={"q": "a\0b", "supplier": "\0"})).status_code == 400
    assert (await api.get("/tickets/%00")).status_code in (400, 404)
    far = {"at": "9999-12-31T23:59:59Z"}
    assert (await api.post(f"/tickets/{number}/promise", json=far)).status_code == 400
    beyond = encode_cursor((datetime.now(UTC), 2**70))
    assert (await api.get("/tickets", params={"after": beyond})).status_code == 400
    note = {"body": "x", "visibility": "note", "via": "call"}
    assert (await api.post(f"/tickets/{number}/messages", json=note)).status_code == 400


async def test_a_stored_response_needs_a_valid_token(api: AsyncClient) -> None:
    key = {"Idempotency-Key": "k"}
    assert (await api.post("/tickets", json=BODY, headers=key)).status_code == 201
    await fetch("UPDATE api_token SET revoked_at = now()")
    assert (await api.post("/tickets", json=BODY, headers=key)).status_code == 401


async def test_an_unknown_supplier_is_added(api: AsyncClient) -> None:
    await opened(api)  # with Acme
    assert (await opened(api, supplier=" acme "))["supplier"] == "Acme"
    assert (await opened(api, supplier="New Ltd"))["supplier"] == "New Ltd"


async def test_every_field_that_does_not_fit_is_named(api: AsyncClient):
    body = {"kind": "x", "severity": 7, "subjct": "a", "customer": {"phone": 1}, "description": "b"}
    refused = await api.post("/tickets", json=body)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [
        "kind", "subject", "severity", "subjct", "customer.phone",
    ]  # fmt: skip
    assert refused.json()["field"] == "kind"


async def test_received_from_and_to_are_days_too(api: AsyncClient):
    """The desk's days: the 15th in Shanghai is from 16:00 of the 14th on, in UTC."""
    for at in ("14T15:59:59", "14T16:00:00", "15T15:59:59", "15T16:00:00"):
        made = await api.post("/tickets", json=BODY | {"received_at": f"2026-10-{at}Z"})
        assert made.status_code == 201
    day = await api.get("/tickets?state=any&received_from=2026-10-15&received_to=2026-10-15")
    assert [item["received_at"] for item in day.json()["items"]] == [
        "2026-10-15T15:59:59Z",
        "2026-10-14T16:00:00Z",
    ]
    refused = await api.get("/tickets?received_from=yesterday")
    assert (refused.status_code, refused.json()["field"]) == (400, "received_from")


async def test_a_parameter_given_twice_is_refused(api: AsyncClient):
    refused = await api.get("/tickets?state=new&state=open")
    assert (refused.status_code, refused.json()["field"]) == (400, "state")


async def test_a_verb_that_rests_on_an_older_version_is_refused(api: AsyncClient) -> None:
    await make_staff("supervisor")
    token = await create_token("supervisor@desk.test", ["all"], now=NOW)
    two = {"Authorization": f"Bearer {token}"}
    ticket = await opened(api)
    path, based = f"/tickets/{ticket['number']}", {"version": ticket["version"]}
    first = await api.post(f"{path}/classify", json={"severity": "high"}, headers=two)
    assert first.json()["version"] > ticket["version"]
    other = await api.post(f"{path}/classify", json={"cause": "logistics"} | based)
    assert (other.status_code, other.json()["severity"]) == (200, "high")
    same = await api.post(f"{path}/classify", json={"severity": "low"} | based)
    assert same.status_code == 409
    assert "In the meantime Supervisor set severity to “high”." in same.json()["detail"]
    assert same.json()["fields"] == ["severity"]
    await api.post(f"{path}/wait", json={"for": "parts"}, headers=two)
    moved = await api.post(f"{path}/wait", json={"for": "customer"} | based)
    assert (moved.status_code, moved.json()["fields"]) == (409, ["state"])
    await api.post(f"{path}/refer", json={"question": "Pay?"}, headers=two)
    asked = {"version": (await api.get(path)).json()["version"]}
    await api.post(f"{path}/refer", json={"question": "And the parts?"}, headers=two)
    answer = await api.post(f"{path}/answer", json={"body": "Yes"} | asked)
    assert "Supervisor set referral to “And the parts?”" in answer.json()["detail"]
    await api.post(f"{path}/compensate", json={"amount": 500, "reason": "x"}, headers=two)
    paid = await api.post(f"{path}/compensate", json={"amount": 500, "reason": "x"} | based)
    assert "Supervisor set compensation to “5.00 CNY”" in paid.json()["detail"]
    note = {"body": "Seen", "visibility": "note"} | based
    assert (await api.post(f"{path}/messages", json=note)).status_code == 200


async def test_an_external_id_is_one_ticket_also_at_once(api: AsyncClient) -> None:
    body = BODY | {"external_id": "A-7", "supplier": None}
    answers = await asyncio.gather(*(api.post("/tickets", json=body) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    (opened,) = (answer.json()["number"] for answer in answers if answer.status_code == 201)
    for refused in (answer.json() for answer in answers if answer.status_code == 409):
        assert opened in refused["detail"]
        assert refused["field"] == "external_id"
    assert (await api.post("/tickets", json=body | {"external_id": "A-8"})).status_code == 201


async def test_a_subject_that_cannot_be_seen_is_empty(api: AsyncClient) -> None:
    answer = await api.post("/tickets", json=BODY | {"subject": "\u200b\u200b"})
    assert (answer.status_code, answer.json()["field"]) == (400, "subject")
