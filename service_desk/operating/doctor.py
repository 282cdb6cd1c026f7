"""`service-desk doctor`: a line for each thing a desk needs, and what to do about a problem."""

import asyncio

import click

from service_desk.commands import desk_servers
from service_desk.embedded import ServerError, running_servers
from service_desk.errors import DeskError
from service_desk.operating import checks
from service_desk.operating.checks import Finding
from service_desk.settings import get_settings


@click.command()
def doctor() -> None:
    """Check what a desk needs, and say what is wrong. Fails if anything is."""
    settings = get_settings()
    findings = [
        *checks.check_installation(),
        *checks.check_data_directory(settings),
    ]
    try:
        desk_runs = running_servers(settings.data_dir.absolute()) is not None
        with desk_servers() as urls:
            findings += asyncio.run(checks.check_servers(urls, desk_runs=desk_runs))
    except (ServerError, DeskError) as error:
        findings.append(Finding("wrong", "servers", str(error)))
    findings += checks.check_settings(get_settings())  # as those servers' desk has them
    for finding in findings:
        click.echo(f"{finding.verdict:<6} {finding.subject:<12} {finding.detail}")
    if any(finding.verdict == "wrong" for finding in findings):
        raise click.exceptions.Exit(1)
