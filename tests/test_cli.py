"""The command itself: its help, its errors, its imports."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from service_desk.cli import COMMANDS, read_env_file, service_desk
from tests.operating.desk import run, run_here

HEAVY = ("litestar", "piccolo", "asyncpg", "redis", "arq", "twilio", "openpyxl")


def test_help_lists_every_command(tmp_path: Path) -> None:
    result = run(tmp_path, "--help")
    assert result.returncode == 0
    for name, (_, about) in COMMANDS.items():
        assert f"  {name} " in result.stdout
        assert about.rstrip(".") in " ".join(result.stdout.split())


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from service_desk.cli import service_desk\n"
        "service_desk(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stderr == "[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_has_help(name: str) -> None:
    command = service_desk.get_command(click.Context(service_desk), name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_the_entry_point_is_installed() -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("service-desk"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith("Service Desk ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["up", "--port", "99999"], "99999 is not in the range 1<=x<=65535"),
        (["restore"], "Missing argument 'FILE'"),
    ],
)
async def test_bad_usage_is_exit_code_2(tmp_path: Path, arguments: list[str], says: str) -> None:
    result = await run_here(tmp_path, *arguments)
    assert result.code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_an_error_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run(tmp_path / "file/data", "migrate", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: The data directory {tmp_path}/file/data cannot be")
    assert len(result.stderr.splitlines()) == 1


async def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    result = await run_here(tmp_path, "migrate", DESK_TIMEZONE="Mars/Olympus")
    assert result.code == 1
    assert "Mars/Olympus" in result.stderr
    assert "Traceback" not in result.stderr


async def test_a_database_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path,
) -> None:
    result = await run_here(
        tmp_path,
        "migrate",
        DATABASE_URL="postgresql://desk:hush@127.0.0.1:1/desk",
        REDIS_URL="redis://127.0.0.1:1",
    )
    assert result.code == 1
    assert result.stderr.startswith("Error: The database on 127.0.0.1:1 does not answer (")
    assert "hush" not in result.stderr


def test_the_environment_takes_precedence_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("# a remark\nSMTP_URL='smtp://a'\nDESK_LOCALE=en\n\nodd line\n")
    environ = {"DESK_LOCALE": "zh"}
    monkeypatch.setattr(os, "environ", environ)
    read_env_file(tmp_path / ".env")
    read_env_file(tmp_path / "absent")
    assert environ == {"DESK_LOCALE": "zh", "SMTP_URL": "smtp://a"}
