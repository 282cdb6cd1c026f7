"""create-user and create-token, run as an operator runs them."""

import asyncio
import sys
from pathlib import Path

import pytest
from msgspec import Struct

from service_desk.database import fetch_one, fetch_value
from service_desk.staff.operations import hash_token
from tests.factories import PASSWORD

pytestmark = pytest.mark.usefixtures("desk")


class Finished(Struct):
    code: int
    stdout: str
    stderr: str


async def run(*command: str, typed: str = "") -> Finished:
    """Run the installed command against the servers named in the environment."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("service-desk"), *command,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    stdout, stderr = await process.communicate(typed.encode())
    return Finished(process.returncode or 0, stdout.decode(), stderr.decode())


async def test_create_user_reads_the_password_from_standard_input():
    lin = ["--email", "Lin@desk.test", "--name", "林晓", "--role", "supervisor"]
    done = await run("create-user", *lin, typed=f"{PASSWORD}\n")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == "林晓 can log in as supervisor with lin@desk.test.\n"
    row = await fetch_one("SELECT email, role, locale FROM staff")
    assert tuple(row) == ("lin@desk.test", "supervisor", "zh")
    again = await run("create-user", *lin, typed=f"{PASSWORD}\n")
    assert again.code == 1
    assert again.stderr == "Error: Someone already has the e-mail address lin@desk.test.\n"


async def test_create_user_with_an_unknown_role_is_bad_usage():
    done = await run("create-user", "--email", "a@b.c", "--name", "A", "--role", "boss")
    assert done.code == 2
    assert "supervisor" in done.stderr


async def test_create_token_prints_the_token_and_nothing_else():
    await run(
        "create-user", "--email", "a@desk.test", "--name", "A", "--role", "agent", typed=PASSWORD
    )
    done = await run("create-token", "--user", "a@desk.test", "--scopes", "tickets:read, all")
    token = done.stdout.strip()
    assert done.stdout == f"{token}\n"
    assert await fetch_value("SELECT token_hash FROM api_token") == hash_token(token)
    assert await fetch_value("SELECT scopes FROM api_token") == ["tickets:read", "all"]
