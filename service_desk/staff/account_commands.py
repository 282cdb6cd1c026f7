"""`service-desk set-password`, `deactivate-user`, `activate-user` and `revoke-token`."""

import sys

import click

from service_desk import wall_clock
from service_desk.commands import desk_command
from service_desk.staff import accounts
from service_desk.staff.commands import read_password

_EMAIL = click.option("--email", required=True)


@click.command("set-password")
@_EMAIL
def set_password(email: str) -> None:
    """Set a new password, read from standard input. Sessions of that person end at once."""
    _set_password(email, read_password())


@desk_command
async def _set_password(email: str, password: str) -> None:
    ended = await accounts.set_password(email, password)
    click.echo(f"Password changed. Sessions ended: {ended}.")


@click.command("deactivate-user")
@_EMAIL
@desk_command
async def deactivate_user(email: str) -> None:
    """Block login, and end sessions and tokens at once. The history is kept."""
    tickets = await accounts.deactivate(email, now=wall_clock.now())
    click.echo(f"{email} is deactivated. Open tickets still assigned to them: {tickets}.")


@click.command("activate-user")
@_EMAIL
@desk_command
async def activate_user(email: str) -> None:
    """Allow a deactivated person to log in again. Revoked tokens stay revoked."""
    await accounts.activate(email)
    click.echo(f"{email} can log in again.")


@click.command("revoke-token")
@click.option("--user", "email", help="Revoke all tokens of this person.")
def revoke_token(email: str | None) -> None:
    """Revoke a REST API token, read from standard input, or all tokens of a person."""
    if email is not None:
        _revoke_tokens(email)
    elif sys.stdin.isatty():
        _revoke_token(click.prompt("Token", hide_input=True))
    else:
        _revoke_token(sys.stdin.readline())


@desk_command
async def _revoke_tokens(email: str) -> None:
    click.echo(f"Tokens revoked: {await accounts.revoke_tokens(email, now=wall_clock.now())}.")


@desk_command
async def _revoke_token(token: str) -> None:
    await accounts.revoke_token(token, now=wall_clock.now())
    click.echo("Token revoked.")
