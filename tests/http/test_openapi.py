"""The REST API's own description, as programs read it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import httpx
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.http.openapi import API_PATH
from tests.factories import make_ticket

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


async def test_every_operation_declares_its_refusals_as_problem_documents(client: AsyncClient):
    schema = await _schema(client)
    operations = list(_operations(schema))
    assert len(operations) > 40
    for name, path, operation in operations:
        wanted = {"400", "401", "403"} | ({"404"} if "{" in path else set[str]())
        wanted |= set[str]() if name.startswith("GET ") else {"409"}
        answers = operation["responses"]
        assert wanted <= set(answers), name
        assert all(answers[status]["content"] == PROBLEM for status in wanted), name
        assert all(answer["description"] for answer in answers.values()), name
    problem = schema["components"]["schemas"]["Problem"]
    assert "detail" in problem["required"]
    assert "state" in problem["properties"]


async def test_operations_have_a_title_and_uploads_their_form(client: AsyncClient):
    schema = await _schema(client)
    titles = {name: operation["summary"] for name, _, operation in _operations(schema)}
    assert titles["GET /api/v1/tickets"] == "List tickets"
    assert not any("Show" in title or "Post" in title for title in titles.values())
    upload = schema["paths"]["/api/v1/imports"]["post"]
    form = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file", "mapping"]
    assert form["properties"]["file"]["format"] == "binary"
    assert {"413", "422"} <= set(upload["responses"])


async def test_objects_in_bodies_have_no_other_fields(client: AsyncClient, api: AsyncClient):
    schemas = (await _schema(client))["components"]["schemas"]
    for name in ("TicketInput", "NewCustomer", "CustomerEdit", "PolicyInput", "Policy"):
        assert schemas[name]["additionalProperties"] is False, name
    assert "additionalProperties" not in schemas["TicketView"]
    refused = await api.post("/tickets", json={"customer": {"nmae": "A"}})
    assert "nmae" in str(refused.json()["errors"])


async def test_every_part_has_a_type_and_every_reference_its_schema(client: AsyncClient):
    """What cost generators of clients the types, once each."""
    schema = await _schema(client)
    schemas = schema["components"]["schemas"]
    parts = list(_parts(schema["paths"])) + list(_parts(schemas))
    assert len(parts) > 500
    assert [part for part in parts if part == {}] == []
    assert {part["$ref"] for part in parts if "$ref" in part} <= {
        *(f"#/components/schemas/{name}" for name in schemas),
        "#/components/parameters/IdempotencyKey",
    }
    assert [part for part in parts if part.get("enum") == [] or part.get("items") is False] == []
    assert all("." not in name for name in schemas)
    ids = [operation["operationId"] for _, _, operation in _operations(schema)]
    assert len(ids) == len(set(ids))


async def test_schemas_say_what_is_within_lists_and_unions(client: AsyncClient):
    schemas = (await _schema(client))["components"]["schemas"]
    plan = schemas["PlanInput"]["properties"]
    assert (plan["options"]["items"]["minLength"], plan["options"]["maxItems"]) == (1, 4)
    assert {"type": "null"} in plan["version"]["anyOf"]
    assert plan["version"]["anyOf"][0]["minimum"] == 0
    assert "ticket.opened" in schemas["EventView"]["properties"]["type"]["enum"]
    assert schemas["TicketView"]["properties"]["state"]["type"] == "string"
    # Of an answer everything is there; of a body what has a default may be left out.
    assert "asset" in schemas["TicketView"]["required"]
    assert "channel" not in schemas["TicketInput"]["required"]
    assert schemas["TicketInput"]["properties"]["channel"]["description"] == "Left out: api."
    assert "number" not in schemas["Hit"]["required"]
    assert schemas["Page_TicketSummary_"]["title"] == "Page[TicketSummary]"


async def test_no_two_schemas_have_one_title(client: AsyncClient):
    titles = [one.get("title") for one in (await _schema(client))["components"]["schemas"].values()]
    assert len(titles) == len(set(titles))


async def test_every_post_declares_its_idempotency_key_once(client: AsyncClient):
    await _schema(client)
    schema = await _schema(client)
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    assert schema["components"]["parameters"]["IdempotencyKey"]["in"] == "header"
    for name, _, operation in _operations(schema):
        assert operation["parameters"].count(key) == name.startswith("POST "), name


async def test_answers_are_declared_as_they_are_given(client: AsyncClient, api: AsyncClient):
    operations = {name: operation for name, _, operation in _operations(await _schema(client))}
    number = (await make_ticket("A drip", at=wall_clock.now())).number
    take_next = "/queue/take-next"
    tomorrow = (wall_clock.now() + timedelta(days=1)).isoformat()
    due = {"clock": "resolution", "at": tomorrow, "reason": "agreed"}
    calls = [
        ("POST /api/v1/queue/take-next", await api.post(take_next)),
        ("POST /api/v1/queue/take-next", await api.post(take_next)),
        (
            "POST /api/v1/tickets/{number}/due",
            await api.post(f"/tickets/{number}/due", json=due),
        ),
        *[
            (
                "GET /api/v1/reports/complaints/{name}",
                await api.get(f"/reports/complaints/2026-01.{suffix}"),
            )
            for suffix in ("json", "csv", "xlsx")
        ],
    ]
    assert [answer.status_code for _, answer in calls] == [200, 204, 200, 200, 200, 200]
    for name, answer in calls:
        declared = operations[name]["responses"]
        assert {status for status in declared if status < "300"} >= {str(answer.status_code)}
        if answer.content:
            assert _media_type(answer) in declared["200"]["content"], name
    assert set(operations["POST /api/v1/queue/take-next"]["responses"]) >= {"200", "204"}
    for name, _ in calls:
        assert "201" not in operations[name]["responses"]


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    """All schemas within a part of the document."""
    if isinstance(part, list):
        for one in cast(list[Any], part):
            yield from _parts(one)
    elif isinstance(part, dict):
        for key, one in cast(dict[str, Any], part).items():
            if key in ("schema", "items", "additionalProperties") and isinstance(one, dict):
                yield cast(dict[str, Any], one)
            yield from _parts(one)


def _media_type(answer: httpx.Response) -> str:
    return answer.headers["content-type"].partition(";")[0]


async def _schema(client: AsyncClient) -> dict[str, Any]:
    return (await client.get("http://desk.test/schema/openapi.json")).json()


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in schema["paths"].items():
        assert path.startswith(API_PATH)
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", path, operation
