"""`make bench` (ARGS="SECTION …"): the hot paths beside the machine's own figures."""

import argparse
import asyncio
import os
import platform
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from bench.calendars import calendars
from bench.changing import changing
from bench.desk import bench_desk
from bench.figures import Figure
from bench.idle import idle
from bench.intake import intake
from bench.lag import lag
from bench.reading import reading
from bench.reply import reply
from bench.sweep import sweep
from bench.verify import verify

SECTIONS: dict[str, Callable[[], AsyncGenerator[Figure]]] = {
    "intake": intake,
    "changing": changing,
    "sweep": sweep,
    "lag": lag,
    "verify": verify,
    "calendars": calendars,
    "reading": reading,
    "reply": reply,
    "idle": idle,
}


async def main(sections: list[str]) -> int:
    console = Console(width=100)
    table = Table("", "measured", "target", "", title=_machine())
    for column in (1, 2):
        table.columns[column].justify = "right"
    missed = 0
    async with bench_desk():
        for section in sections:
            table.add_section()
            async for figure in SECTIONS[section]():
                console.print(f"{section}: {figure.name} {_shown(figure.value)} {figure.unit}")
                missed += figure.met is False
                table.add_row(
                    figure.name, f"{_shown(figure.value)} {figure.unit}", *_target(figure)
                )
    console.print(table)
    return 1 if missed else 0


def _target(figure: Figure) -> tuple[str, str]:
    if figure.met is None:
        return "", ""
    sign, wanted = ("≥", figure.at_least) if figure.at_least is not None else ("≤", figure.at_most)
    assert wanted is not None
    return f"{sign} {_shown(wanted)} {figure.unit}", "met" if figure.met else "MISSED"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"


def _machine() -> str:
    now = datetime.now(UTC)
    return f"{now:%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help=", ".join(SECTIONS))
    raise SystemExit(asyncio.run(main(parser.parse_args().sections or [*SECTIONS])))
