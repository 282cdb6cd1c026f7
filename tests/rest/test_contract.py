"""The REST API and its description agree: whatever is valid by it is answered as it says.

What is valid by a schema and refused all the same breaks a rule that the description tells in
words: the field's own, or its object's, or the operation's, which names the field in backticks.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import AsyncClient, Response
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service_desk import wall_clock
from service_desk.assets.operations import create_asset
from service_desk.assets.schemas import NewAsset
from service_desk.suppliers.operations import create_supplier
from service_desk.suppliers.schemas import SupplierInput
from tests.factories import make_ticket
from tests.json_values import Schema, json_values

Values = dict[str, st.SearchStrategy[Any]]
EXAMPLES = 20  # of each operation
UPLOADS = ("start_import",)
# In the addresses; ids are the first of their kind, if there is any.
NAMES = {"get_complaint_report": "2026-10.json", "clock_history": "response"}


class Operation:
    def __init__(self, method: str, path: str, said: dict[str, Any], document: Any) -> None:
        self.method, self.path, self.said = method.upper(), path, said
        self.schemas: dict[str, Any] = document["components"]["schemas"]
        parameters: list[dict[str, Any]] = said.get("parameters", [])
        self.parameters = [one for one in parameters if one.get("in") == "query"]
        body = said.get("requestBody", {}).get("content", {})
        self.body: dict[str, Any] | None = body.get("application/json", {}).get("schema")

    @property
    def name(self) -> str:
        return self.said["operationId"]

    def inputs(self) -> st.SearchStrategy[tuple[Any, dict[str, Any]]]:
        """A body (None: it has none) and query parameters."""
        body = json_values(self.body, self.schemas) if self.body else st.none()
        needed: set[str] = {one["name"] for one in self.parameters if one.get("required")}
        values: Values = {
            one["name"]: json_values(one["schema"], self.schemas) for one in self.parameters
        }
        always: Values = {name: values[name] for name in needed}
        sometimes: Values = {name: values[name] for name in values.keys() - needed}
        query: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(always, optional=sometimes)
        return st.tuples(body, query)

    def mistakes(self, answer: Response) -> Iterator[str]:
        """How the answer is not as the description says."""
        declared = self.said["responses"].get(str(answer.status_code))
        if answer.status_code >= 500 or declared is None:
            yield f"{answer.status_code} is not declared: {answer.text[:300]}"
            return
        if answer.content:
            media = answer.headers["content-type"].partition(";")[0]
            if media not in declared.get("content", {}):
                yield f"{media} is not declared for {answer.status_code}"
            elif "json" in media:
                schema = declared["content"][media]["schema"]
                whole = {**schema, "components": {"schemas": self.schemas}}
                validator: Any = Draft202012Validator(whole)
                for error in validator.iter_errors(answer.json()):
                    yield f"{answer.status_code}: {error.json_path}: {error.message[:200]}"
        if answer.status_code in (400, 422) and not self.tells_of(answer.json().get("field")):
            yield f"a rule is told nowhere: {answer.json().get('field')}: {answer.json()['detail']}"

    def tells_of(self, field: str | None) -> bool:
        if field is None:
            return False
        steps = [step.partition("[")[0] for step in field.split(".")]
        told = [self.said.get("description", "")]
        for parameter in self.parameters:
            if parameter["name"] == field:
                told += [parameter.get("description", "") and f"`{field}`"]
        for schema in self._within(self.body or {}):
            told.append(schema.get("description", ""))
            properties: dict[str, Any] = schema.get("properties", {})
            told += [f"`{step}`" for step in steps if _has_words(properties.get(step, {}))]
        return any(f"`{step}`" in words for step in steps for words in told)

    def _within(self, schema: Schema) -> Iterator[Schema]:
        """The objects of a body."""
        name = schema.get("$ref", "").rpartition("/")[2]
        shape: Schema = self.schemas[name] if name else schema
        yield shape
        for field in shape.get("properties", {}).values():
            for part in (field, *field.get("anyOf", ())):
                if "$ref" in part:
                    yield from self._within(part)


def _has_words(schema: Schema) -> bool:
    parts = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
    return any("description" in part for part in parts)


def _as_query(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


@pytest.mark.nightly(only=True)
async def test_what_is_valid_is_answered_as_described(client: AsyncClient, api: AsyncClient):
    now = wall_clock.now()
    await create_supplier(SupplierInput("Acme"), now)
    await make_ticket(at=now)
    await create_asset(NewAsset("AB1", "Washer", 1), now)
    loop = asyncio.get_running_loop()
    mistakes = dict[str, set[str]]()

    async def call(operation: Operation, body: Any, query: dict[str, Any]) -> Response:
        number = (await make_ticket(at=wall_clock.now(), phone=None)).number
        path = operation.path.replace("{number}", number)
        for part in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
            known = NAMES.get(operation.name, "standard") if part == "name" else "1"
            path = path.replace(f"{{{part}}}", known)
        given = {name: _as_query(value) for name, value in query.items() if value is not None}
        content = {} if operation.body is None else {"json": body}
        return await api.request(
            operation.method, f"http://desk.test{path}", params=given, **content
        )

    def sweep(operation: Operation) -> None:
        @settings(
            max_examples=EXAMPLES if operation.body or operation.parameters else 1,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
        )
        @given(operation.inputs())
        def one(inputs: tuple[Any, dict[str, Any]]) -> None:
            answer = asyncio.run_coroutine_threadsafe(call(operation, *inputs), loop).result()
            for mistake in operation.mistakes(answer):
                mistakes.setdefault(operation.name, set()).add(mistake)

        one()

    document = (await client.get("http://desk.test/schema/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if said["operationId"] not in UPLOADS:
                await asyncio.to_thread(sweep, Operation(method, path, said, document))
    assert mistakes == {}
