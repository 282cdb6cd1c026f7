"""`service-desk create-user` and `create-token`."""

import sys

import click

from service_desk import wall_clock
from service_desk.commands import desk_command
from service_desk.principal import ROLES
from service_desk.settings import get_settings
from service_desk.staff.operations import create_staff
from service_desk.staff.operations import create_token as make_token


@click.command("create-user")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--locale", type=click.Choice(("en", "zh")), help="Language of their pages.")
def create_user(email: str, name: str, role: str, locale: str | None) -> None:
    """Add an agent, a supervisor or an admin. The password is read from standard input."""
    _create(email, name, role, locale or get_settings().locale, read_password())


def read_password() -> str:
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\r\n")


@click.command("create-token")
@click.option("--user", "email", required=True, help="E-mail of its owner.")
@click.option("--scopes", required=True, help="Comma-separated; `all`: all that the role may.")
@desk_command
async def create_token(email: str, scopes: str) -> None:
    """Print a new token for the REST API, and nothing else: it is not shown again."""
    asked = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    click.echo(await make_token(email, asked, now=wall_clock.now()))


@desk_command
async def _create(email: str, name: str, role: str, locale: str, password: str) -> None:
    await create_staff(
        email=email, name=name, role=role, password=password, locale=locale, now=wall_clock.now()
    )
    click.echo(f"{name} can log in as {role} with {email.strip().lower()}.")
