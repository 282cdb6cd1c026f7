"""`service-desk report YYYY-MM --format xlsx -o FILE`."""

from datetime import datetime
from pathlib import Path
from typing import cast, get_args

import click
from rich.console import Console

from service_desk import wall_clock
from service_desk.commands import check_writable, desk_command
from service_desk.errors import DeskError, InvalidInput
from service_desk.reports.exports import Format, export_file_name, export_month
from service_desk.reports.figures.months import Month, parse_month
from service_desk.rules.words.languages import LOCALES, Locale
from service_desk.settings import get_settings

FORMATS = get_args(Format)


def month_argument(context: click.Context, parameter: click.Parameter, value: str) -> Month:
    try:
        return parse_month(value)
    except DeskError as error:
        raise click.BadParameter(str(error)) from error


def time_option(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> datetime | None:
    try:
        return parse_time(value)
    except InvalidInput as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("month", metavar="YYYY-MM", callback=month_argument)
@click.option("--format", "format_", type=click.Choice(FORMATS),
              help="Default: the suffix of FILE, else xlsx.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              callback=check_writable,
              help="Default: complaints-YYYY-MM with the suffix of the format.")  # fmt: skip
@click.option(
    "--as-of", metavar="TIME", callback=time_option, help="Figures as of that time (RFC 3339)."
)
@click.option("--lang", type=click.Choice(LOCALES), help="Default: the language of the desk.")
@desk_command
async def report(
    month: Month,
    format_: str | None,
    output: Path | None,
    as_of: datetime | None,
    lang: Locale | None,
) -> None:
    """Export the complaint analysis of a month."""
    await wall_clock.follow_demo_clock()
    suffix = output.suffix.removeprefix(".") if output is not None else ""
    chosen = cast("Format", format_ or (suffix if suffix in FORMATS else "xlsx"))
    path = output or Path(export_file_name(month, chosen))
    check_writable(None, None, path)
    with Console(stderr=True).status("Calculating …"):
        export = await export_month(
            month, locale=lang or get_settings().locale, now=wall_clock.now(), as_of=as_of
        )
        await export.write(path, chosen)
    click.echo(f"{path}: {export.figures.totals.received:,} tickets received in {month}.")


def parse_time(text: str | None) -> datetime | None:
    """An instant with its offset. Raises InvalidInput."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidInput(
            "“{text}” is not a time with a UTC offset, like 2026-11-01T00:00:00+08:00.",
            field="as_of",
            text=text[:40],
        )
    return at
