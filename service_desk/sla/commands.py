"""`service-desk sla verify` and `sla replay` (DESIGN §2.3, §3)."""

import sys
from datetime import date, datetime, time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from service_desk import clock
from service_desk.commands import desk_command
from service_desk.errors import InvalidInput
from service_desk.rules.rule_error import RuleError
from service_desk.rules.sla_policies import ALWAYS, Policy, PolicyError, check_policy
from service_desk.rules.sla_replay import Scenario
from service_desk.settings import get_settings
from service_desk.sla.verification import Replayed, replay, verify_clocks

LISTED = 50  # differences or changed tickets shown; the rest is counted


@click.group()
def sla() -> None:
    """Verify the SLA clocks, or replay them under another policy."""


@sla.command()
@desk_command
async def verify() -> None:
    """Recompute every clock from its events and report each difference; exit 1 if there is one."""
    await clock.follow_demo_clock()
    tickets = differences = 0
    with Progress(
        TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)
    ) as progress:
        task = progress.add_task("verifying", total=None)
        async for batch in verify_clocks(clock.now()):
            for number, found in batch.differences:
                click.echo(
                    f"{number}: {found.clock}: {found.what}: kept {found.kept}, "
                    f"from its events {found.recomputed}"
                )
            tickets += batch.tickets
            differences += len(batch.differences)
            progress.update(task, description=f"verified {tickets:,} tickets")
    click.echo(f"{tickets:,} tickets verified, {differences:,} differences.")
    if differences:
        sys.exit(1)


@sla.command("replay")
@click.option(
    "--policy",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON or TOML: one policy, or {policies: […], calendars: {name: …}}.",
)
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--to", "last", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--json", "as_json", is_flag=True, help="The whole result as JSON.")
@desk_command
async def replay_command(file: Path, first: datetime, last: datetime, as_json: bool) -> None:
    """What the attainment of tickets received from … to (both days included) would have been under
    other policies, and which tickets change side. Nothing is written."""
    await clock.follow_demo_clock()
    if last < first:
        raise click.BadParameter("It ends before it begins (--from).", param_hint="--to")
    scenario = read_scenario(file)
    result = await replay(
        scenario, _start_of(first.date()), _start_of(_next(last.date())), clock.now()
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(result)))
    else:
        _show(result)


def read_scenario(file: Path) -> Scenario:
    """Raises InvalidInput naming what does not fit, and where."""
    decode = msgspec.toml.decode if file.suffix == ".toml" else msgspec.json.decode
    try:
        content: dict[str, object] = msgspec.convert(decode(file.read_bytes()), dict[str, object])
        whole = content if "policies" in content else {"policies": [content]}
        scenario = msgspec.convert(whole, Scenario, strict=False)
        for policy in scenario.policies:
            check_policy(policy)
            _check_calendar(policy, scenario)
    except (msgspec.DecodeError, RuleError) as error:
        raise InvalidInput(
            "{file} does not fit: {reason}.", field="policy", file=file.name, reason=str(error)
        ) from error
    return scenario


def _check_calendar(policy: Policy, scenario: Scenario) -> None:
    if policy.calendar != ALWAYS and policy.calendar not in scenario.calendars:
        raise PolicyError(
            "{name} names the calendar {calendar}, which the file does not hold; "
            'give it under "calendars", or name "{always}"',
            name=policy.name,
            calendar=policy.calendar,
            always=ALWAYS,
        )


def _show(result: Replayed) -> None:
    console = Console()
    table = Table("clock", "clocks", "was in time", "would be", "change")
    for name, row in result.clocks.items():
        was, would = _share(row.met, row.judged), _share(row.would_be_met, row.would_be_judged)
        table.add_row(name, f"{row.judged:,}", f"{was:.1%}", f"{would:.1%}", f"{would - was:+.1%}")
    console.print(f"{result.tickets:,} tickets")
    console.print(table)
    for number, name, would_be_met in result.changed[:LISTED]:
        click.echo(f"{number}: {name}: {'missed → met' if would_be_met else 'met → missed'}")
    if len(result.changed) > LISTED:
        click.echo(f"… and {len(result.changed) - LISTED:,} more; --json has them all.")


def _share(met: int, judged: int) -> float:
    return met / judged if judged else 0.0


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), get_settings().zone)


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
