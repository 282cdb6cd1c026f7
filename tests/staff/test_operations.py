"""Creating staff, logging in, API tokens."""

from typing import Literal

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from service_desk.database import fetch_one, fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.staff import passwords
from service_desk.staff.operations import create_staff, create_token, hash_token, log_in, log_out
from service_desk.staff.passwords import verify_password
from service_desk.staff.queries import active_staff, principal_of_session, principal_of_token
from tests.factories import NOW, PASSWORD

LIN = {"email": "Lin@Desk.test", "name": "林晓", "role": "agent", "locale": "zh"}


async def make_lin(**changed: str) -> int:
    return await create_staff(**(LIN | {"password": PASSWORD} | changed), now=NOW)


async def test_a_password_is_stored_as_argon2(desk: str):
    await make_lin()
    row = await fetch_one("SELECT email, password_hash FROM staff")
    assert row is not None
    assert row["email"] == "lin@desk.test"
    assert row["password_hash"].startswith("$argon2id$")
    assert PasswordHasher().verify(row["password_hash"], PASSWORD)


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "lin"), ("email", "a@b@c.d"), ("name", " "), ("name", "x" * 101), ("role", "boss"),
     ("locale", "fr"), ("password", "short"), ("password", "x" * 1001)],
)  # fmt: skip
async def test_an_invalid_value_is_rejected_by_field(desk: str, field: str, value: str):
    with pytest.raises(InvalidInput) as rejected:
        await make_lin(**{field: value})
    assert rejected.value.field == field
    assert await fetch_value("SELECT count(*) FROM staff") == 0


async def test_an_e_mail_belongs_to_one_person(desk: str):
    await make_lin()
    with pytest.raises(Conflict):
        await make_lin(email="lin@desk.test ")


async def test_log_in_and_out(desk: str):
    await make_lin()
    assert await log_in("lin@desk.test", "wrong", address="10.0.0.1") is None
    token = await log_in("LIN@desk.test", PASSWORD, address="10.0.0.1")
    assert token is not None
    person = await principal_of_session(token)
    assert person is not None
    assert (person.name, person.role, person.actor) == ("林晓", "agent", f"staff:{person.staff_id}")
    await log_out(token)
    assert await principal_of_session(token) is None


async def test_an_unknown_e_mail_takes_as_long_as_a_wrong_password(
    desk: str, monkeypatch: pytest.MonkeyPatch
):
    """Both verify one argon2 hash of the same cost."""
    await make_lin()
    verified: list[str] = []

    class Hasher(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - its name
            verified.append(str(hash).rsplit("$", 2)[0])  # algorithm and cost
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "HASHER", Hasher.from_parameters(CHEAPEST))
    for email in ("lin@desk.test", "nobody@desk.test"):
        assert await log_in(email, "wrong password", address="10.0.0.1") is None
    known, unknown = verified
    assert known == unknown


async def test_a_broken_hash_verifies_nothing(desk: str):
    assert not await verify_password("", "")
    assert not await verify_password("x", "not a hash")


async def test_a_token_has_its_scopes_and_is_stored_as_a_hash(desk: str):
    await make_lin()
    token = await create_token("LIN@desk.test", ["tickets:read", "tickets:read"], now=NOW)
    assert await fetch_value("SELECT token_hash FROM api_token") == hash_token(token)
    person = await principal_of_token(token)
    assert person is not None
    assert person.scopes == {"tickets:read"}
    with pytest.raises(NotFound):
        await create_token("nobody@desk.test", ["all"], now=NOW)
    for scopes in ([], ["admin"], ["tickets:raed"]):
        with pytest.raises(InvalidInput) as rejected:
            await create_token("lin@desk.test", scopes, now=NOW)
        assert "tickets:read" in str(rejected.value)


async def test_active_staff_are_listed_by_name(desk: str):
    await make_lin()
    await make_lin(email="a@desk.test", name="Anna")
    assert [person.name for person in await active_staff()] == ["Anna", "林晓"]
