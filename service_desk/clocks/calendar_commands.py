"""`service-desk calendar eval`: business time of any calendar, in JSON lines (DESIGN §3)."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import click
import msgspec

from service_desk.rules.calendars.business_time import Calendar, CalendarError, compile_calendar


class _Evaluation(msgspec.Struct, frozen=True):
    calendar: Calendar

    def instant(self, text: str) -> datetime:
        """A time without an offset is local to the calendar's time zone."""
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise CalendarError(
                "'{text}' is not a time; write it as 2026-10-09T17:00:00Z.", text=text
            ) from None
        return at.astimezone(UTC) if at.tzinfo else self._read_local_time(at)

    def _read_local_time(self, at: datetime) -> datetime:
        compile_calendar(self.calendar)  # raises CalendarError if the time zone is unknown
        return at.replace(tzinfo=ZoneInfo(self.calendar.tz)).astimezone(UTC)


class _Add(_Evaluation, frozen=True, tag="add", tag_field="op"):
    start: str
    seconds: int | float

    def answer(self) -> datetime:
        seconds = int(self.seconds)
        if seconds != self.seconds:
            raise CalendarError("Give whole seconds, not {seconds}.", seconds=self.seconds)
        return compile_calendar(self.calendar).add(self.instant(self.start), seconds)


class _Between(_Evaluation, frozen=True, tag="between", tag_field="op"):
    start: str
    end: str

    def answer(self) -> int:
        start, end = self.instant(self.start), self.instant(self.end)
        return compile_calendar(self.calendar).between(start, end)


class _IsOpen(_Evaluation, frozen=True, tag="is_open", tag_field="op"):
    at: str

    def answer(self) -> bool:
        return compile_calendar(self.calendar).is_open(self.instant(self.at))


class _NextOpen(_Evaluation, frozen=True, tag="next_open", tag_field="op"):
    start: str

    def answer(self) -> datetime:
        return compile_calendar(self.calendar).next_open(self.instant(self.start))


class _IsWorkday(_Evaluation, frozen=True, tag="is_workday", tag_field="op"):
    date: date

    def answer(self) -> bool:
        return compile_calendar(self.calendar).is_workday(self.date)


class _Loose(msgspec.Struct):
    """A request whose calendar has not been validated."""

    calendar: dict[str, Any] = {}


_AnyRequest = _Add | _Between | _IsOpen | _NextOpen | _IsWorkday
_decode = msgspec.json.Decoder(_AnyRequest).decode
_encode: Callable[[object], bytes] = msgspec.json.Encoder().encode


@click.group()
def calendar() -> None:
    """Calculate in business time."""


@calendar.command("eval")
@click.pass_context
def evaluate(ctx: click.Context) -> None:
    """Evaluate requests about any calendar: one JSON object per line in, one per line out.

    \b
    {"op": "add", "start": "2026-10-09T09:30:00Z", "seconds": 7200, "calendar": {"week": {…}}}
    {"op": "between", "start": …, "end": …, "calendar": …}
    {"op": "is_open", "at": …} {"op": "next_open", "start": …} {"op": "is_workday", "date": …}

    Answers are {"result": …}, in the order of the requests. An invalid request gets {"error": …};
    the others are still answered, and the exit code is 1. Times without an offset are local to the
    calendar's time zone.
    """
    answers = sys.stdout.buffer
    failed = False
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        answer = _answer(line)
        failed = failed or "error" in answer
        answers.write(_encode(answer) + b"\n")
        answers.flush()
    if failed:
        ctx.exit(1)


def _answer(line: bytes) -> dict[str, object]:
    try:
        return {"result": _read(line).answer()}
    except (CalendarError, msgspec.MsgspecError) as error:
        return {"error": str(error)}
    except (OverflowError, UnicodeDecodeError):
        return {"error": "A value is out of range."}
    except RecursionError:
        return {"error": "The JSON is nested too deeply."}


def _read(line: bytes) -> _AnyRequest:
    """A null in a calendar is the same as a key left out."""
    try:
        return _decode(line)
    except msgspec.ValidationError:
        loose = msgspec.json.decode(line, type=_Loose)
        given = {key: value for key, value in loose.calendar.items() if value is not None}
        if given == loose.calendar:
            raise
        request = cast(dict[str, Any], msgspec.json.decode(line))
        return msgspec.convert(request | {"calendar": given}, _AnyRequest)
