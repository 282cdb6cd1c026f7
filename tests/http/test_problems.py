"""Errors as problem documents for programs and as pages for people."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import asyncpg
import pytest
from httpx import AsyncClient
from litestar import Litestar, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from service_desk.errors import Conflict, DeskError, TooManyRequests
from service_desk.http.causes import is_database_unavailable
from service_desk.http.problems import EXCEPTION_HANDLERS
from service_desk.web.access import PUBLIC
from tests.browsing import sign_in
from tests.in_process import client_of


class Inner(Struct, forbid_unknown_fields=True):
    colour: Literal["red", "green"]
    amount: Annotated[int, Meta(ge=1, le=5)] = 1


class Body(Struct, forbid_unknown_fields=True):
    name: str
    kind: Literal["a", "b"] | None = None
    inner: Inner | None = None
    many: list[Inner] = []


@post("/api/v1/bodies", guards=[PUBLIC])
async def take(data: JSONBody[Body]) -> None: ...


Colour = Annotated[Literal["red", "green"] | None, QueryParameter(name="state")]


def read_filters(in_state: Colour = None, fresh: FromQuery[bool | None] = None) -> str:
    return f"{in_state} {fresh}"


@get(
    ["/api/v1/things", "/things"],
    guards=[PUBLIC],
    dependencies={"filters": Provide(read_filters, sync_to_thread=False)},
)
async def find(
    filters: NamedDependency[str],
    number: FromQuery[int],
    wanted: Annotated[Literal["a", "b"] | None, QueryParameter(name="kind")] = None,
) -> None: ...


@get(["/api/v1/fail/{how:str}", "/fail/{how:str}"], guards=[PUBLIC])
async def fail(how: FromPath[str]) -> None:
    raise {
        "conflict": Conflict("It is {state} already.", state="closed"),
        "many": TooManyRequests("Wait.", retry_after=90),
        "secret": RuntimeError("the password is hunter2"),
        "gone": ConnectionRefusedError(111, "postgresql at 10.1.2.3"),
        "shutdown": asyncpg.AdminShutdownError("terminating connection"),
    }[how]


@pytest.fixture(scope="module")
async def broken() -> AsyncGenerator[AsyncClient]:
    async with failing_app(debug=False) as client:
        yield client


@asynccontextmanager
async def failing_app(*, debug: bool) -> AsyncGenerator[AsyncClient]:
    app = Litestar(
        [take, find, fail], exception_handlers=EXCEPTION_HANDLERS, logging_config=None, debug=debug
    )
    async with client_of(app) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({}, "name", "missing required field `name`"),
        ({"name": 5}, "name", "Expected `str`, got `int`"),
        ({"name": "x", "kind": "c"}, "kind", "“c” is not one of the choices (allowed: a, b)"),
        ({"name": "x", "inner": {"colour": "blue"}}, "inner.colour", "allowed: green, red"),
        ({"name": "x", "inner": {"amount": 1}}, "inner.colour", "allowed: green, red"),
        ({"name": "x", "inner": {"colour": "red", "amount": 9}}, "inner.amount", "<= 5"),
        ({"name": "x", "many": [{"colour": "blue"}]}, "many[0].colour", "allowed: green, red"),
        ({"name": "x", "nmae": "y"}, "nmae", "allowed: name, kind, inner, many"),
        (None, None, "allowed: name, kind, inner, many"),
        ([], None, "allowed: name, kind, inner, many"),
    ],
)
async def test_invalid_input_is_named_with_what_is_allowed(
    broken: AsyncClient, body: Any, field: str | None, sentence: str
):
    answer = await broken.post("/api/v1/bodies", json=body)
    problem = answer.json()
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == 400
    assert problem["type"] == "urn:service-desk:problem:invalid-input"
    assert problem.get("field") == field
    assert sentence in problem["detail"]
    assert problem["instance"] == "/api/v1/bodies"


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("number=1&state=blue", "state", "“blue” is not one of the choices (allowed: green, red)"),
        ("number=1&kind=c", "kind", "allowed: a, b"),
        ("number=1&fresh=perhaps", "fresh", "allowed: true, false"),
        ("number=x", "number", "Expected `int`"),
        ("", "number", "number is missing"),
    ],
)
async def test_parameters_are_named_as_in_the_query(
    broken: AsyncClient, query: str, field: str, sentence: str
):
    answer = await broken.get(f"/api/v1/things?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert sentence in answer.json()["detail"]


async def test_a_page_is_in_the_language_of_its_reader(broken: AsyncClient):
    answer = await broken.get("/things?number=1&state=blue", headers={"Accept-Language": "zh"})
    assert "state：“blue”不在可选范围内（可选：green、red）" in answer.text


@pytest.mark.parametrize("text", ["{", "", "[]", '"x"', "\x00", "\ud800"])
async def test_invalid_json_is_refused(broken: AsyncClient, text: str):
    answer = await broken.post(
        "/api/v1/bodies",
        content=text.encode("utf-8", "surrogatepass"),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert answer.json()["status"] == 400


async def test_values_of_an_error_are_members_of_the_document(broken: AsyncClient):
    answer = await broken.get("/api/v1/fail/conflict")
    assert answer.status_code == 409
    assert answer.json()["state"] == "closed"
    assert answer.json()["detail"] == "It is closed already."


async def test_retry_after(broken: AsyncClient):
    answer = await broken.get("/api/v1/fail/many")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "90")


@pytest.mark.parametrize("path", ["/api/v1/fail/secret", "/fail/secret"])
async def test_the_cause_of_our_error_is_not_shown(broken: AsyncClient, path: str):
    answer = await broken.get(path)
    assert answer.status_code == 500
    assert "hunter2" not in answer.text


async def test_development_shows_the_traceback_in_the_browser():
    async with failing_app(debug=True) as client:
        answer = await client.get("/fail/secret", headers={"Accept": "text/html"})
        rest = await client.get("/api/v1/fail/secret")
        conflict = await client.get("/fail/conflict", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "RuntimeError" in answer.text
    assert "test_problems.py" in answer.text
    assert "hunter2" not in rest.text
    assert "Traceback" not in conflict.text


@pytest.mark.parametrize("how", ["gone", "shutdown"])
@pytest.mark.parametrize("path", ["/api/v1/fail", "/fail"])
async def test_without_a_database_the_answer_is_503_with_retry_after(
    broken: AsyncClient, path: str, how: str
):
    answer = await broken.get(f"{path}/{how}")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "10.1.2.3" not in answer.text


async def test_people_get_a_page_in_their_language(broken: AsyncClient):
    for language, text in [("en-GB,zh;q=0.5", "Not found"), ("zh-CN", "未找到")]:
        answer = await broken.get("/nowhere", headers={"Accept-Language": language})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert text in answer.text
    conflict = await broken.get("/fail/conflict", headers={"Accept-Language": "zh"})
    assert "与当前状态冲突" in conflict.text


async def test_unknown_paths_and_methods(broken: AsyncClient):
    assert (await broken.get("/api/v1/nowhere")).json()["status"] == 404
    assert (await broken.delete("/api/v1/bodies")).json()["status"] == 405
    assert (await broken.delete("/fail/many")).status_code == 405


async def test_a_body_that_is_too_large_says_how_large_it_may_be(client: AsyncClient):
    await sign_in(client)
    answer = await client.post("/tickets/new", data={"name": "x" * (13 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "at most 12 MB can be taken here. Nothing was stored." in answer.text


async def test_a_body_that_is_too_large_is_refused(client: AsyncClient):
    answer = await client.post("/api/v1/tickets", content=b"x" * (13 * 1024 * 1024))
    assert answer.status_code in (401, 413)


def test_what_counts_as_a_database_gone():
    assert is_database_unavailable(asyncpg.InterfaceError("connection is closed"))
    assert is_database_unavailable(asyncpg.InternalClientError("cannot switch to state 15"))
    assert not is_database_unavailable(asyncpg.InterfaceError("the server expects 1 argument"))
    assert not is_database_unavailable(asyncpg.UniqueViolationError("duplicate"))
    assert not is_database_unavailable(DeskError("x"))
