"""Who may call what."""

from collections.abc import Sequence

import pytest
from httpx import AsyncClient
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.utils.sync import AsyncCallable

from service_desk.database import fetch
from service_desk.principal import (
    AGENT_SCOPES,
    ROLES,
    SUPERVISOR_SCOPES,
    Principal,
    Role,
    allowed_scopes,
)
from service_desk.staff.authentication import session_cookie
from service_desk.staff.operations import create_token
from service_desk.web.access import needs_scope
from tests.browsing import OpenPage
from tests.factories import NOW, make_staff, make_ticket


def guards_by_route(app: Litestar) -> dict[str, Sequence[object]]:
    return {
        f"{sorted(handler.http_methods)} {route.path}": handler.resolve_guards()  # pyright: ignore[reportUnknownMemberType] - Litestar's
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        and not route.path.startswith("/schema")
        and handler.http_methods != {"OPTIONS"}
    }


def test_every_route_names_its_guard(app: Litestar):
    assert [route for route, guards in guards_by_route(app).items() if not guards] == []


def test_no_guard_takes_a_thread(app: Litestar):
    in_threads = {
        guard
        for guards in guards_by_route(app).values()
        for guard in guards
        if isinstance(guard, AsyncCallable)  # Litestar's, around what is not `async`
    }
    assert in_threads == set()


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("agent", {"agent"}), ("supervisor", {"agent", "supervisor"}),
     ("admin", {"agent", "supervisor", "admin"})],
)  # fmt: skip
def test_each_role_includes_those_below(role: Role, allowed: set[str]):
    person = Principal(1, "", "", role, "en", frozenset())
    assert {other for other in ROLES if person.is_at_least(other)} == allowed


def test_a_token_is_limited_to_the_scopes_of_its_role():
    assert allowed_scopes("agent", ["all"]) == AGENT_SCOPES
    assert allowed_scopes("agent", ["tickets:read", "sla:write"]) == {"tickets:read"}
    assert allowed_scopes("admin", ["all"]) == SUPERVISOR_SCOPES


def test_a_guard_for_an_unknown_scope_is_an_error():
    with pytest.raises(ValueError, match="is not a scope"):
        needs_scope("tickets:raed")


async def test_scopes_over_http(client: AsyncClient):
    await make_staff("agent")
    ticket = await make_ticket()
    token = await create_token("agent@desk.test", ["tickets:read"], now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    assert (await client.get(f"/api/v1/tickets/{ticket.number}")).status_code == 200
    answer = await client.post(f"/api/v1/tickets/{ticket.number}/close", json={})
    assert answer.status_code == 403
    assert answer.json()["scope"] == "tickets:write"
    await fetch("UPDATE api_token SET revoked_at = now()")
    answer = await client.get(f"/api/v1/tickets/{ticket.number}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_role_without_the_scope_gets_no_advice_to_make_a_token(client: AsyncClient):
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["all"], now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    answer = await client.post("/api/v1/suppliers", json={"name": "Haier"})
    assert answer.status_code == 403
    problem = answer.json()
    assert (problem["scope"], problem["own"], problem["role"]) == (
        "suppliers:write",
        "agent",
        "supervisor",
    )
    assert "create-token" not in problem["detail"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic x", f"Bearer {'x' * 5000}"])
async def test_without_a_valid_token_it_is_401(client: AsyncClient, header: str):
    answer = await client.get("/api/v1/queue", headers={"Authorization": header})
    assert answer.status_code == 401


async def test_a_token_is_not_accepted_as_a_session_nor_a_session_as_a_token(client: AsyncClient):
    await make_staff("admin")
    token = await create_token("admin@desk.test", ["all"], now=NOW)
    client.cookies.set(session_cookie(), token)
    assert (await client.get("/api/v1/queue")).status_code == 401
    assert (await client.get("/queue")).status_code == 303
    answer = await client.get("/queue", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 303


async def test_settings_are_for_supervisors(open_page: OpenPage):
    page = await open_page("/settings", role="agent", locale="zh")
    text = await page.locator("main").inner_text()
    assert "此操作需要“主管”权限，您的角色是“客服”。" in text
    page = await open_page("/settings", role="supervisor")
    assert "standard" in await page.locator("main").inner_text()


async def test_a_fragment_leaves_its_page_where_it_is(client: AsyncClient):
    answer = await client.get("/alerts/bell", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (401, "")
    assert "hx-redirect" not in answer.headers


async def test_a_form_whose_session_has_ended_leads_back_to_its_page(client: AsyncClient):
    page = {"Referer": f"{client.base_url}/tickets/100014"}
    await client.get("/login")
    token = (await client.get("/login")).text.partition('name="_csrf_token" value="')[2]
    form = {"_csrf_token": token.partition('"')[0], "body": "Hello"}
    answer = await client.post("/tickets/100014/compose", data=form, headers=page)
    assert answer.headers["location"] == "/login?next=%2Ftickets%2F100014"
    away = {"Referer": "https://elsewhere.test/tickets"}
    answer = await client.post("/tickets/100014/compose", data=form, headers=away)
    assert answer.headers["location"] == "/login"
