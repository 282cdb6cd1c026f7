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
    """Give somebody a new password, read from standard input. Their sessions end at once."""
    _set_password(email, read_password())


@desk_command
async def _set_password(email: str, password: str) -> None:
    ended = await accounts.set_password(email, password)
    click.echo(f"The password is changed. Sessions ended: {ended}.")


@click.command("deactivate-user")
@_EMAIL
@desk_command
async def deactivate_user(email: str) -> None:
    """End somebody's log-in, sessions and tokens at once. Their history stays."""
    tickets = await accounts.deactivate(email, now=wall_clock.now())
    click.echo(f"{email} is deactivated. Open tickets still assigned to them: {tickets}.")


@click.command("activate-user")
@_EMAIL
@desk_command
async def activate_user(email: str) -> None:
    """Let somebody log in again who was deactivated. Tokens are to be made anew."""
    await accounts.activate(email)
    click.echo(f"{email} can log in again.")


@click.command("revoke-token")
@click.option("--user", "email", help="All tokens of that person; else one, on standard input.")
def revoke_token(email: str | None) -> None:
    """End a token for the REST API at once: one read from standard input, or all of a person."""
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
    click.echo("The token is revoked.")
