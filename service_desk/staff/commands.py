"""`service-desk create-user` and `create-token`."""

import sys

import click

from service_desk import wall_clock
from service_desk.commands import desk_command
from service_desk.principal import ROLES
from service_desk.rules.words.languages import LOCALES, Locale
from service_desk.settings import get_settings
from service_desk.staff import operations


@click.command("create-user")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option(
    "--locale", type=click.Choice(LOCALES), help="Language of the pages; the desk's if left out."
)
def create_user(email: str, name: str, role: str, locale: Locale | None) -> None:
    """Add a member of staff. The password is read from standard input."""
    _create(email, name, role, locale or get_settings().locale, read_password())


def read_password() -> str:
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\r\n")


@click.command("create-token")
@click.option("--user", "email", required=True, help="E-mail address of the owner.")
@click.option(
    "--scopes", required=True, help="Comma-separated; `all`: every scope of the owner's role."
)
@desk_command
async def create_token(email: str, scopes: str) -> None:
    """Print a new REST API token, and nothing else. It is not shown again."""
    requested = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    click.echo(await operations.create_token(email, requested, now=wall_clock.now()))


@desk_command
async def _create(email: str, name: str, role: str, locale: Locale, password: str) -> None:
    await operations.create_staff(
        email=email, name=name, role=role, password=password, locale=locale, now=wall_clock.now()
    )
    click.echo(f"{name} can log in as {role} with {email.strip().lower()}.")
