"""`service-desk report YYYY-MM --format xlsx -o FILE`."""

from datetime import datetime
from pathlib import Path
from typing import cast, get_args

import click
from rich.console import Console

from service_desk import wall_clock
from service_desk.commands import desk_command, writable
from service_desk.errors import DeskError, InvalidInput
from service_desk.i18n.translate import LOCALES
from service_desk.reports.exports import Format, export_month, file_name
from service_desk.reports.figures.months import Month, read_month
from service_desk.settings import get_settings

FORMATS = get_args(Format)


def month_given(context: click.Context, parameter: click.Parameter, value: str) -> Month:
    try:
        return read_month(value)
    except DeskError as error:
        raise click.BadParameter(str(error)) from error


def time_given(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> datetime | None:
    try:
        return read_time(value)
    except InvalidInput as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("month", metavar="YYYY-MM", callback=month_given)
@click.option("--format", "format_", type=click.Choice(FORMATS),
              help="Told from FILE if left out; xlsx without either.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              callback=writable,
              help="Where to write it; complaints-YYYY-MM.xlsx and so on if left out.")  # fmt: skip
@click.option(
    "--as-of", metavar="TIME", callback=time_given, help="Figures as they stood then (RFC 3339)."
)
@click.option("--lang", type=click.Choice(LOCALES), help="The desk's language if left out.")
@desk_command
async def report(
    month: Month,
    format_: str | None,
    output: Path | None,
    as_of: datetime | None,
    lang: str | None,
) -> None:
    """Export the complaint analysis of a month."""
    await wall_clock.follow_demo_clock()
    told = output.suffix.removeprefix(".") if output is not None else ""
    chosen = cast("Format", format_ or (told if told in FORMATS else "xlsx"))
    path = output or Path(file_name(month, chosen))
    writable(None, None, path)
    with Console(stderr=True).status("Counting …"):
        export = await export_month(
            month, locale=lang or get_settings().locale, now=wall_clock.now(), as_of=as_of
        )
        await export.write(path, chosen)
    click.echo(f"{path}: {export.figures.totals.received:,} tickets received in {month}.")


def read_time(text: str | None) -> datetime | None:
    """An instant with its offset. Raises InvalidInput."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidInput(
            "“{text}” is no time; write it with its offset, like 2026-11-01T00:00:00+08:00.",
            field="as_of",
            text=text[:40],
        )
    return at
