"""`calendar eval`, line by line."""

import json
import subprocess
import sys
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service_desk.clocks.calendar_commands import calendar

WEEK = {
    day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")
}
CHINA = {"week": WEEK, "public_holidays": "CN"}


def evaluate(*lines: str) -> Result:
    return CliRunner().invoke(calendar, ["eval"], input="\n".join(lines))


def request(op: str, **about: Any) -> str:
    return json.dumps({"op": op, "calendar": CHINA} | about)


@pytest.mark.parametrize(
    ("line", "result"),
    [
        (request("add", start="2026-10-09T09:00:00Z", seconds=7200), "2026-10-10T02:00:00Z"),
        (request("add", start="2026-10-09T17:00:00+08:00", seconds=3600), "2026-10-09T10:00:00Z"),
        (request("add", start="2026-10-09T17:00", seconds=3600), "2026-10-09T10:00:00Z"),
        (request("between", start="2026-10-09T00:00Z", end="2026-10-10T04:00Z"), 11 * 3600),
        (request("between", start="2026-10-10T04:00Z", end="2026-10-09T00:00Z"), 0),
        (request("is_open", at="2026-10-10T10:00:00Z"), False),
        (request("is_open", at="2026-10-10T09:59:59Z"), True),
        (request("next_open", start="2026-10-01T00:00:00Z"), "2026-10-08T01:00:00Z"),
        (request("is_workday", date="2026-10-10"), True),
        (request("is_workday", date="2026-10-01"), False),
    ],
)
def test_answers(line: str, result: object) -> None:
    answered = evaluate(line)
    assert json.loads(answered.output) == {"result": result}
    assert answered.exit_code == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("tomorrow?", "JSON is malformed"),
        (request("subtract"), "subtract"),
        (request("add", start="2026-10-09T09:00:00Z"), "seconds"),
        (request("add", start="yesterday", seconds=1), "'yesterday' is not a time"),
        (request("add", start="2026-10-09T09:00:00Z", seconds=-1), "0 seconds or more"),
        (request("add", start="9999-12-31T23:59:59-12:00", seconds=10**30), "out of range"),
        (request("is_open", at="2026-10-09T09:00", calendar={"week": {}}), "no opening hours"),
        (
            request("is_open", at="2026-10-09T09:00", calendar={"week": WEEK, "tz": "Mars"}),
            "'Mars' is not a time zone",
        ),
        (request("is_workday", date="2026-10-09", calendar={"weeks": WEEK}), "weeks"),
    ],
)
def test_an_invalid_request_gets_an_error_and_the_others_an_answer(line: str, message: str) -> None:
    answered = evaluate(line, "", request("is_workday", date="2026-10-10"))
    invalid, result = (json.loads(answer) for answer in answered.output.splitlines())
    assert message in invalid["error"]
    assert result == {"result": True}
    assert answered.exit_code == 1


def test_ten_thousand_lines_are_evaluated() -> None:
    lines = [
        request("add", start=f"20{year}-0{month}-01T00:00:00Z", seconds=3600 * 2080 * hours,
                 calendar={"week": WEEK, "tz": zone, "public_holidays": holidays})
        for year in range(20, 30)
        for month in range(1, 6)
        for hours in range(10)
        for zone in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
        for holidays in ("CN", "US-CA", "DE", None, None)
    ]  # fmt: skip
    assert len(lines) == 10_000
    began = getrusage(RUSAGE_CHILDREN).ru_utime
    answered = subprocess.run(
        [sys.executable, "-m", "service_desk.cli", "calendar", "eval"],
        input="\n".join(lines), capture_output=True, text=True, check=True,
    )  # fmt: skip
    took = getrusage(RUSAGE_CHILDREN).ru_utime - began  # its own seconds, whatever else runs
    assert len(answered.stdout.splitlines()) == 10_000
    assert "error" not in answered.stdout
    assert took < 5


def test_null_is_the_same_as_left_out_and_a_whole_float_is_an_integer() -> None:
    nothing = {"closed_dates": None, "date_hours": None, "public_holidays": None, "tz": None}
    given = {"calendar": {"week": WEEK} | nothing, "start": "2026-10-09T09:00"}
    done = evaluate(request("add", seconds=3600.0, **given), request("add", seconds=0.5, **given))
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {"result": "2026-10-09T02:00:00Z"}
    assert second == {"error": "Give whole seconds, not 0.5."}


@pytest.mark.parametrize("bracket", ["[", '{"a":', '{"calendar":{"week":'])
def test_deep_nesting_is_an_error_and_the_next_line_is_answered(bracket: str) -> None:
    answered = evaluate(bracket * 200_000, request("is_workday", date="2026-10-10"))
    first, second = map(json.loads, answered.output.splitlines())
    assert "error" in first
    assert second == {"result": True}
    assert answered.exit_code == 1


def test_holidays_known_for_some_years_only_cause_no_warning() -> None:
    """Warnings are errors in tests; the library knows India's movable holidays until 2035."""
    india = {"week": WEEK, "public_holidays": "IN", "tz": "Asia/Kolkata"}
    answered = evaluate(
        request("is_workday", date="2060-01-26", calendar=india),
        request("is_workday", date="2060-01-27", calendar=india),
    )
    assert [json.loads(line) for line in answered.output.splitlines()] == [
        {"result": False},
        {"result": True},
    ]
