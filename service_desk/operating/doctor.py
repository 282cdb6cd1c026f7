"""`service-desk doctor`: a line for each thing a desk needs, and what to do about what is amiss."""

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
    """Say what is well with a desk, and what not. Fails if anything is wrong."""
    settings = get_settings()
    findings = [
        *checks.installation(),
        *checks.configuration(settings),
        *checks.data_directory(settings),
    ]
    try:
        runs = running_servers(settings.data_dir.absolute()) is not None
        with desk_servers() as urls:
            findings += asyncio.run(checks.servers(urls, runs=runs))
    except (ServerError, DeskError) as error:
        findings.append(Finding("wrong", "servers", str(error)))
    for finding in findings:
        click.echo(f"{finding.verdict:<6} {finding.about:<12} {finding.says}")
    if any(finding.verdict == "wrong" for finding in findings):
        raise click.exceptions.Exit(1)
