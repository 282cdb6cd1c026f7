import logging
from io import StringIO
from typing import Any

import pytest
from asyncpg import PostgresError

from service_desk.database import fetch
from service_desk.logs import REPEAT_SECONDS, LessOften, traceback_without_rows
from tests.factories import make_ticket


class Log:
    """A filter with a clock of its own; what it lets through."""

    def __init__(self) -> None:
        self.now = 0.0
        self.filter = LessOften(lambda: self.now)
        self.lines: list[Any] = []

    def write(self, message: Any, level: int = logging.ERROR) -> None:
        record = logging.LogRecord("desk", level, "x.py", 1, message, None, None)
        if self.filter.filter(record):
            self.lines.append(record.msg)


def test_the_same_trouble_is_a_line_with_its_number() -> None:
    log = Log()
    for _ in range(1000):
        log.write({"event": "unavailable", "route": "/queue"})
    log.now = REPEAT_SECONDS
    log.write({"event": "unavailable", "route": "/tickets"})
    log.now += REPEAT_SECONDS
    log.write({"event": "unavailable"})
    assert log.lines == [
        {"event": "unavailable", "route": "/queue"},
        {"event": "unavailable", "route": "/tickets", "repeated": 999},
        {"event": "unavailable"},
    ]


def test_other_troubles_and_good_news_are_lines_of_their_own() -> None:
    log = Log()
    for _ in range(2):
        log.write({"event": "request failed", "exc_info": ValueError("x")})
        log.write({"event": "request failed", "exc_info": KeyError("x")})
        log.write("of a library: %s")
        log.write({"event": "worker started"}, logging.INFO)
    assert len(log.lines) == 5


def test_what_it_remembers_is_bounded() -> None:
    log = Log()
    for number in range(3000):
        log.write({"event": f"trouble {number}"})
    assert len(log.filter.known) == 1000


async def test_a_traceback_names_the_constraint_and_not_the_row(desk: str) -> None:
    await make_ticket(phone="+8613812340777")
    with pytest.raises(PostgresError, match="13812340777") as failed:
        await fetch("UPDATE ticket SET state = 'lost' WHERE id > 0")
    error = RuntimeError("it failed")
    error.__cause__ = failed.value
    text = StringIO()
    traceback_without_rows(text, (RuntimeError, error, None))
    assert "ticket_state_check" in text.getvalue()
    assert "13812340777" not in text.getvalue()
