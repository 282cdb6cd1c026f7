"""Those commands as an operator types them: secrets come in by standard input."""

import pytest

from service_desk.staff.operations import create_token, log_in
from service_desk.staff.queries import principal_of_token
from tests.factories import NOW, make_staff
from tests.staff.test_commands import run

pytestmark = pytest.mark.usefixtures("desk")
WHO = "agent@desk.test"


async def test_a_password_a_token_and_a_person() -> None:
    await make_staff()
    done = await run("set-password", "--email", WHO, typed="a new password\n")
    assert (done.code, done.stdout) == (0, "The password is changed. Sessions ended: 0.\n")
    assert await log_in(WHO, "a new password", address="::1", now=NOW)

    token = await create_token(WHO, ["all"], now=NOW)
    assert (await run("revoke-token", typed=f"{token}\n")).code == 0
    assert await principal_of_token(token) is None
    again = await run("revoke-token", typed=f"{token}\n")
    assert (again.code, token in again.stderr) == (1, False)
    await create_token(WHO, ["all"], now=NOW)
    assert (await run("revoke-token", "--user", WHO)).stdout == "Tokens revoked: 1.\n"

    gone = await run("deactivate-user", "--email", WHO)
    assert "Open tickets still assigned to them: 0." in gone.stdout
    assert not await log_in(WHO, "a new password", address="::1", now=NOW)
    assert (await run("activate-user", "--email", WHO)).code == 0
    assert await log_in(WHO, "a new password", address="::1", now=NOW)
