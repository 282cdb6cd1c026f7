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


def ask(*lines: str) -> Result:
    return CliRunner().invoke(calendar, ["eval"], input="\n".join(lines))


def question(op: str, **about: Any) -> str:
    return json.dumps({"op": op, "calendar": CHINA} | about)


@pytest.mark.parametrize(
    ("asked", "result"),
    [
        (question("add", start="2026-10-09T09:00:00Z", seconds=7200), "2026-10-10T02:00:00Z"),
        (question("add", start="2026-10-09T17:00:00+08:00", seconds=3600), "2026-10-09T10:00:00Z"),
        (question("add", start="2026-10-09T17:00", seconds=3600), "2026-10-09T10:00:00Z"),
        (question("between", start="2026-10-09T00:00Z", end="2026-10-10T04:00Z"), 11 * 3600),
        (question("between", start="2026-10-10T04:00Z", end="2026-10-09T00:00Z"), 0),
        (question("is_open", at="2026-10-10T10:00:00Z"), False),
        (question("is_open", at="2026-10-10T09:59:59Z"), True),
        (question("next_open", start="2026-10-01T00:00:00Z"), "2026-10-08T01:00:00Z"),
        (question("is_workday", date="2026-10-10"), True),
        (question("is_workday", date="2026-10-01"), False),
    ],
)
def test_answers(asked: str, result: object) -> None:
    answered = ask(asked)
    assert json.loads(answered.output) == {"result": result}
    assert answered.exit_code == 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("tomorrow?", "JSON is malformed"),
        (question("subtract"), "subtract"),
        (question("add", start="2026-10-09T09:00:00Z"), "seconds"),
        (question("add", start="yesterday", seconds=1), "'yesterday' is not a time"),
        (question("add", start="2026-10-09T09:00:00Z", seconds=-1), "0 seconds or more"),
        (question("add", start="9999-12-31T23:59:59-12:00", seconds=10**30), "out of range"),
        (question("is_open", at="2026-10-09T09:00", calendar={"week": {}}), "no opening hours"),
        (
            question("is_open", at="2026-10-09T09:00", calendar={"week": WEEK, "tz": "Mars"}),
            "'Mars' is not a time zone",
        ),
        (question("is_workday", date="2026-10-09", calendar={"weeks": WEEK}), "weeks"),
    ],
)
def test_what_cannot_be_answered_says_why_and_the_rest_is_answered(asked: str, says: str) -> None:
    answered = ask(asked, "", question("is_workday", date="2026-10-10"))
    refused, result = (json.loads(line) for line in answered.output.splitlines())
    assert says in refused["error"]
    assert result == {"result": True}
    assert answered.exit_code == 1


def test_ten_thousand_lines_in_a_breath() -> None:
    asked = [
        question("add", start=f"20{year}-0{month}-01T00:00:00Z", seconds=3600 * 2080 * hours,
                 calendar={"week": WEEK, "tz": zone, "public_holidays": holidays})
        for year in range(20, 30)
        for month in range(1, 6)
        for hours in range(10)
        for zone in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
        for holidays in ("CN", "US-CA", "DE", None, None)
    ]  # fmt: skip
    assert len(asked) == 10_000
    began = getrusage(RUSAGE_CHILDREN).ru_utime
    answered = subprocess.run(
        [sys.executable, "-m", "service_desk.cli", "calendar", "eval"],
        input="\n".join(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    took = getrusage(RUSAGE_CHILDREN).ru_utime - began  # its own seconds, whatever else runs
    assert len(answered.stdout.splitlines()) == 10_000
    assert "error" not in answered.stdout
    assert took < 5


def test_null_is_as_good_as_left_out_and_whole_floats_are_whole() -> None:
    nothing = {"closed_dates": None, "date_hours": None, "public_holidays": None, "tz": None}
    asked = {"calendar": {"week": WEEK} | nothing, "start": "2026-10-09T09:00"}
    done = ask(question("add", seconds=3600.0, **asked), question("add", seconds=0.5, **asked))
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {"result": "2026-10-09T02:00:00Z"}
    assert second == {"error": "Seconds are whole: 0.5 is not."}


@pytest.mark.parametrize("bracket", ["[", '{"a":', '{"calendar":{"week":'])
def test_what_is_nested_too_deeply_ends_nothing(bracket: str) -> None:
    answered = ask(bracket * 200_000, question("is_workday", date="2026-10-10"))
    first, second = map(json.loads, answered.output.splitlines())
    assert "error" in first
    assert second == {"result": True}
    assert answered.exit_code == 1


def test_holidays_of_some_years_only_are_told_without_a_warning() -> None:
    """Warnings are errors here: of India the library knows the movable ones until 2035."""
    india = {"week": WEEK, "public_holidays": "IN", "tz": "Asia/Kolkata"}
    answered = ask(
        question("is_workday", date="2060-01-26", calendar=india),
        question("is_workday", date="2060-01-27", calendar=india),
    )
    assert [json.loads(line) for line in answered.output.splitlines()] == [
        {"result": False},
        {"result": True},
    ]
