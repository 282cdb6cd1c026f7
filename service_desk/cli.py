"""The `service-desk` command: a table of commands, each imported only when it is called.

Exit codes: 0 done, 1 failed (with a sentence on standard error), 2 bad usage.
"""

import importlib
import os
from pathlib import Path
from typing import Any

import click

COMMANDS = {
    "up": ("service_desk.operating.up:up", "Run a whole desk: database, Valkey, web and worker."),
    "web": ("service_desk.servers:web", "Run one web process."),
    "worker": ("service_desk.servers:worker", "Run one worker process."),
    "migrate": ("service_desk.operating.migrate:migrate", "Bring the database to this release."),
    "doctor": (
        "service_desk.operating.doctor:doctor",
        "Check what a desk needs, and say what is wrong.",
    ),
    "backup": (
        "service_desk.operating.backups.commands:backup",
        "Write the desk's data to one file.",
    ),
    "restore": (
        "service_desk.operating.backups.commands:restore",
        "Replace the desk's data by a backup.",
    ),
    "demo-data": ("service_desk.demo.commands:demo_data", "Load sample data into an empty desk."),
    "create-user": (
        "service_desk.staff.commands:create_user",
        "Add an agent, supervisor or admin.",
    ),
    "create-token": (
        "service_desk.staff.commands:create_token",
        "Print a new token for the REST API.",
    ),
    "set-password": (
        "service_desk.staff.account_commands:set_password",
        "Change a password (on standard input).",
    ),
    "deactivate-user": (
        "service_desk.staff.account_commands:deactivate_user",
        "End a person's login, sessions and tokens.",
    ),
    "activate-user": (
        "service_desk.staff.account_commands:activate_user",
        "Let a person log in again.",
    ),
    "revoke-token": (
        "service_desk.staff.account_commands:revoke_token",
        "End a token for the REST API.",
    ),
    "import": ("service_desk.imports.commands:import_file", "Import tickets from a file."),
    "report": ("service_desk.reports.commands:report", "Export the analysis of a month."),
    "calendar": ("service_desk.clocks.calendar_commands:calendar", "Calculate in business time."),
    "sla": (
        "service_desk.clocks.commands:sla",
        "Verify the SLA clocks, or replay them.",
    ),
}


def main() -> None:
    read_env_file(Path(".env"))
    service_desk()


class LazyGroup(click.Group):
    """Lists its commands from the table, and imports the module of the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        target, _ = COMMANDS[cmd_name]
        module, _, attribute = target.partition(":")
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            sentence = user_message_for(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="service-desk", message="Service Desk %(version)s")
def service_desk() -> None:
    """Service Desk: after-sales ticketing and customer service.

    Settings come from the environment, and from a file .env in the current folder; .env.example
    explains each.
    """


def user_message_for(error: Exception) -> str | None:
    """The sentence for people instead of a traceback; None if it is an error of ours."""
    from service_desk.embedded.server import ServerError
    from service_desk.errors import DeskError
    from service_desk.settings import SettingsError

    return str(error) if isinstance(error, DeskError | ServerError | SettingsError) else None


def read_env_file(path: Path) -> None:
    """Read `NAME=value` lines. The environment takes precedence."""
    if not path.is_file():
        return
    for line in path.read_text().splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("'\""))


if __name__ == "__main__":
    main()
