"""`service-desk calendar eval`: 10,000 questions about some calendars."""

import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from bench.figures import Figure

LINES = 10_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
CALENDARS: list[dict[str, Any]] = [
    {
        "tz": zone,
        "week": {day: [["08:30", "12:00"], ["13:00", "17:30"]] for day in WEEKDAYS},
        "public_holidays": country,
        "closed_dates": [f"2026-0{number}-15"],
    }
    for zone, country in (
        ("Asia/Shanghai", "CN"),
        ("Europe/Berlin", "DE"),
        ("America/Chicago", "US"),
    )
    for number in range(1, 10)
]


async def calendars() -> AsyncGenerator[Figure]:
    """With the start of the command. A third of the questions span ten years."""
    lines = b"\n".join(msgspec.json.encode(_question(number)) for number in range(LINES))
    start = time.perf_counter()
    done = subprocess.run(  # noqa: ASYNC221 — nothing else runs
        [sys.executable, "-m", "service_desk.cli", "calendar", "eval"],
        input=lines,
        capture_output=True,
        check=True,
    )
    seconds = time.perf_counter() - start
    assert done.stdout.count(b'{"result":') == LINES
    yield Figure(f"calendar eval, {LINES:,} lines", seconds, "s", at_most=5)


def _question(number: int) -> dict[str, Any]:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=37 * number)
    question: dict[str, Any] = {"calendar": CALENDARS[number % len(CALENDARS)]}
    match number % 3:
        case 0:
            return question | {"op": "add", "start": start.isoformat(), "seconds": 10 * 2000 * 3600}
        case 1:
            end = start + timedelta(days=number % 400)
            return question | {"op": "between", "start": start.isoformat(), "end": end.isoformat()}
        case _:
            return question | {"op": "next_open", "start": start.isoformat()}
