"""Passwords, tokens, roles and deactivation take effect at once."""

import asyncio

import pytest
from httpx import AsyncClient

from service_desk.database import fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.staff import accounts
from service_desk.staff.operations import create_staff, create_token, log_in
from service_desk.staff.queries import principal_of_session, principal_of_token
from tests.factories import NOW, PASSWORD, make_staff, make_ticket

ANN = "ann@desk.test"
BOB = "bob@desk.test"


async def _ann(role: str = "agent") -> int:
    return await create_staff(
        email=ANN, name="Ann", role=role, password=PASSWORD, locale="en", now=NOW
    )


async def _session(password: str = PASSWORD) -> str | None:
    return await log_in(ANN, password, address="::1")


async def test_deactivation_ends_sessions_and_tokens_at_once(desk: str) -> None:
    ann = await _ann()
    session, token = await _session(), await create_token(ANN, ["all"], now=NOW)
    ticket = await make_ticket()
    await fetch_value("UPDATE ticket SET assignee = $1 WHERE id = $2", ann, ticket.id)
    assert await accounts.deactivate(" Ann@Desk.test", now=NOW) == 1
    assert session is not None
    assert await principal_of_session(session) is None
    assert await principal_of_token(token) is None
    assert await _session() is None

    await accounts.activate(ANN)
    assert await principal_of_session(session) is None
    assert await principal_of_token(token) is None
    assert await _session() is not None


async def test_a_new_password_ends_sessions_but_not_tokens(desk: str) -> None:
    await _ann()
    session, token = await _session(), await create_token(ANN, ["all"], now=NOW)
    assert await accounts.set_password(ANN, "another good one") == 1
    assert await principal_of_session(session or "") is None
    assert await principal_of_token(token) is not None
    assert await _session() is None
    assert await _session("another good one") is not None
    with pytest.raises(InvalidInput):
        await accounts.set_password(ANN, "short")
    with pytest.raises(NotFound):
        await accounts.set_password("nobody@desk.test", PASSWORD)


async def test_revoke_one_token_or_all_of_a_person(desk: str) -> None:
    await _ann()
    first, second, third = [await create_token(ANN, ["all"], now=NOW) for _ in range(3)]
    await accounts.revoke_token(f"{first}\n", now=NOW)
    assert await principal_of_token(first) is None
    assert await principal_of_token(second) is not None
    with pytest.raises(NotFound):
        await accounts.revoke_token(first, now=NOW)
    assert await accounts.revoke_tokens(ANN, now=NOW) == 2
    assert await principal_of_token(third) is None


async def test_one_admin_always_remains(desk: str) -> None:
    await _ann("admin")
    for attempt in (accounts.deactivate(ANN, now=NOW), accounts.change_role(ANN, "agent")):
        with pytest.raises(Conflict):
            await attempt
    await make_staff("admin", BOB)
    for _ in range(20):
        results = await asyncio.gather(
            accounts.deactivate(ANN, now=NOW),
            accounts.deactivate(BOB, now=NOW),
            return_exceptions=True,
        )
        assert [type(result) for result in results if result != 0] == [Conflict]
        assert await fetch_value("SELECT count(*) FROM staff WHERE role = 'admin' AND active") == 1
        await accounts.activate(ANN)
        await accounts.activate(BOB)


async def test_a_new_role_applies_from_the_next_call(api: AsyncClient) -> None:
    await _ann("supervisor")
    token = await create_token(ANN, ["all"], now=NOW)
    await accounts.change_role(ANN, "agent")
    principal = await principal_of_token(token)
    assert principal is not None
    assert "sla:write" not in principal.scopes
    with pytest.raises(InvalidInput):
        await accounts.change_role(ANN, "boss")
