"""The logs of web and worker: a line for each event, on standard output, for people and grep."""

import logging
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO, cast

import structlog
from asyncpg import PostgresError

NOISY_LOGGERS = ("arq", "httpx", "httpcore", "asyncio", "uvicorn", "twilio")  # from WARNING up
REPEAT_SECONDS = 30  # for which a warning or error is not logged again
MAX_KNOWN = 1_000  # different ones; then the oldest are forgotten


def configure_logs() -> None:
    """structlog and the standard library's loggers, in one format. Call it once per process."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(
                    colors=sys.stdout.isatty(),
                    pad_event_to=0,
                    pad_level=False,
                    exception_formatter=traceback_without_rows,
                ),
            ],
        )
    )
    handler.addFilter(LessOften())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def traceback_without_rows(sio: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """Without what PostgreSQL tells of rows in the details of an error: customers' data."""
    seen: set[int] = set()
    error: BaseException | None = exc_info[1]
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, PostgresError):
            error.detail = None
        error = error.__cause__ or error.__context__
    structlog.dev.plain_traceback(sio, exc_info)


class LessOften(logging.Filter):
    """The same trouble once in REPEAT_SECONDS, with the number of times in between.

    A full disk or a stalled database is met by every request and every tick: tens of thousands of
    lines a minute would fill the disk that is full already.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.clock = clock
        self.known: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        key, now = _what(record), self.clock()
        last, left_out = self.known.pop(key, (-REPEAT_SECONDS, 0))
        if now - last < REPEAT_SECONDS:
            self.known[key] = last, left_out + 1
            return False
        self.known[key] = now, 0
        if len(self.known) > MAX_KNOWN:
            del self.known[next(iter(self.known))]
        if left_out and (values := _values(record)) is not None:
            values["repeated"] = left_out
        return True


def _what(record: logging.LogRecord) -> tuple[object, ...]:
    """What is the same about two records: not the numbers and names in them."""
    values = _values(record) or {"event": record.msg}
    fault: Any = values.get("exc_info") or record.exc_info
    if fault is True:
        fault = sys.exc_info()
    kind: type | None = getattr(fault, "__class__", None)
    if kind is tuple:
        kind = fault[0]
    return record.name, record.levelno, str(values["event"]), kind


def _values(record: logging.LogRecord) -> dict[str, Any] | None:
    """Of a line of ours; a library's is a text."""
    message: Any = record.msg
    return cast(dict[str, Any], message) if isinstance(message, dict) else None
