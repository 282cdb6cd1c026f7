"""create-user and create-token, run as an operator runs them."""

import pytest

from service_desk.database import fetch_one, fetch_value
from service_desk.staff.operations import hash_token
from tests.command_line import installed_service_desk, service_desk
from tests.factories import PASSWORD

pytestmark = pytest.mark.usefixtures("desk")


async def test_create_user_reads_the_password_from_standard_input():
    lin = ["--email", "Lin@desk.test", "--name", "林晓", "--role", "supervisor"]
    done = await installed_service_desk("create-user", *lin, typed=f"{PASSWORD}\n")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == "林晓 can log in as supervisor with lin@desk.test.\n"
    row = await fetch_one("SELECT email, role, locale FROM staff")
    assert row is not None
    assert tuple(row) == ("lin@desk.test", "supervisor", "zh")
    again = await service_desk("create-user", *lin, typed=f"{PASSWORD}\n")
    assert again.code == 1
    assert again.stderr == "Error: Someone already has the e-mail address lin@desk.test.\n"


async def test_create_user_with_an_unknown_role_is_bad_usage():
    done = await service_desk("create-user", "--email", "a@b.c", "--name", "A", "--role", "boss")
    assert done.code == 2
    assert "supervisor" in done.stderr


async def test_create_token_prints_the_token_and_nothing_else():
    await service_desk(
        "create-user", "--email", "a@desk.test", "--name", "A", "--role", "agent", typed=PASSWORD
    )
    done = await installed_service_desk(
        "create-token", "--user", "a@desk.test", "--scopes", "tickets:read, all"
    )
    token = done.stdout.strip()
    assert done.stdout == f"{token}\n"
    assert await fetch_value("SELECT token_hash FROM api_token") == hash_token(token)
    assert await fetch_value("SELECT scopes FROM api_token") == ["tickets:read", "all"]
