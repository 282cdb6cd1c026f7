"""set-password, deactivate-user and so on: secrets are read from standard input."""

import pytest

from service_desk.staff.operations import create_token, log_in
from service_desk.staff.queries import principal_of_token
from tests.command_line import installed_service_desk, service_desk
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.usefixtures("desk")
EMAIL = "agent@desk.test"


async def test_set_password_revoke_token_deactivate_and_activate() -> None:
    await make_staff()
    done = await installed_service_desk("set-password", "--email", EMAIL, typed="a new password\n")
    assert (done.code, done.stdout) == (0, "Password changed. Sessions ended: 0.\n")
    assert await log_in(EMAIL, "a new password", address="::1")

    token = await create_token(EMAIL, ["all"], now=NOW)
    assert (await service_desk("revoke-token", typed=f"{token}\n")).code == 0
    assert await principal_of_token(token) is None
    again = await service_desk("revoke-token", typed=f"{token}\n")
    assert (again.code, token in again.stderr) == (1, False)
    await create_token(EMAIL, ["all"], now=NOW)
    assert (await service_desk("revoke-token", "--user", EMAIL)).stdout == "Tokens revoked: 1.\n"

    deactivated = await service_desk("deactivate-user", "--email", EMAIL)
    assert "Open tickets still assigned to them: 0." in deactivated.stdout
    assert not await log_in(EMAIL, "a new password", address="::1")
    assert (await service_desk("activate-user", "--email", EMAIL)).code == 0
    assert await log_in(EMAIL, "a new password", address="::1")
