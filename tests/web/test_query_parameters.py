"""A mistyped filter is an error."""

import pytest
from httpx import AsyncClient


@pytest.mark.parametrize(
    ("path", "field", "sentence"),
    [
        ("/tickets?sate=open", "sate", "state, kind, severity"),
        ("/tickets?in_state=open", "in_state", "allowed: "),
        ("/queue?limit=5&page=2", "page", "limit, after"),
        ("/supplier-actions?wanted=proposed", "wanted", "allowed: state, supplier, rung"),
        ("/customers/1?x=1", "x", "takes none"),
    ],
)
async def test_an_unknown_parameter_is_an_error(
    api: AsyncClient, path: str, field: str, sentence: str
):
    answer = await api.get(path)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert sentence in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["/tickets?state=any&limit=5&breached=true", "/queue?q=x", "/supplier-actions?state=proposed"],
)
async def test_known_parameters_are_accepted(api: AsyncClient, path: str):
    assert (await api.get(path)).status_code == 200


async def test_without_a_login_nothing_is_revealed(client: AsyncClient):
    assert (await client.get("/api/v1/tickets?sate=open")).status_code == 401


async def test_allowed_values_are_named(api: AsyncClient):
    problem = (await api.get("/tickets?state=foo")).json()
    assert problem["field"] == "state"
    assert "allowed: closed, new, open, resolved, " in problem["detail"]
