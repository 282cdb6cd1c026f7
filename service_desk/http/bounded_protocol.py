"""uvicorn's HTTP with bounds that uvicorn lacks: a connection that sends nothing, or a byte now and
then, is closed; headers have a size; connections have a number.

Without them, a thousand half-open connections take every file the process may open, and webhooks
fail without a line in the log.
"""

import asyncio
import resource
import time

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 20  # from the connection, or the end of the request before, to the last header
BODY_SECONDS = 30  # between two pieces of a body
MAX_BODY_SECONDS = 600  # for all of it
MAX_HEADER_BYTES = 64 * 1024
MAX_OPEN_FILES = 65_536
MAX_CONNECTIONS = 10_000
SHARE_OF_FILES = 0.8  # for connections; the rest for the database, attachments, logs
SECONDS_BETWEEN_WARNINGS = 60

TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Connection: close\r\nContent-Length: 0\r\n\r\n"
)

log = structlog.get_logger()


def raise_open_files() -> int:
    """Allow this process as many open files as its hard limit lets it; how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


def max_connections() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(MAX_CONNECTIONS, int(soft * SHARE_OF_FILES))


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Its deadline is for what it is to send next; None while we work."""

    deadline: asyncio.TimerHandle | None = None
    header_bytes = 0
    in_headers = True
    body_ends = 0.0
    last_warning = -SECONDS_BETWEEN_WARNINGS

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - uvicorn's own is so
        super().connection_made(transport)
        if len(self.connections) > max_connections():
            self._warn_of_connections()
            transport.close()
            return
        self._expect(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.in_headers and self.header_bytes > MAX_HEADER_BYTES:
            self.transport.write(TOO_LARGE)
            self.transport.close()
            return
        self.header_bytes += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        self.in_headers, self.header_bytes = True, 0
        self._expect(HEADER_SECONDS)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.in_headers = False
        self.body_ends = self.loop.time() + MAX_BODY_SECONDS
        self._expect(BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._expect(min(BODY_SECONDS, self.body_ends - self.loop.time()))
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._expect(None)
        super().on_message_complete()

    def _expect(self, seconds: float | None) -> None:
        """The next piece of the request within so many seconds; None: nothing."""
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = None if seconds is None else self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        self.deadline = None
        if self.flow.read_paused:  # it is we who are slow
            self._expect(BODY_SECONDS)
        else:
            self.transport.close()

    @classmethod
    def _warn_of_connections(cls) -> None:
        now = time.monotonic()
        if now - cls.last_warning >= SECONDS_BETWEEN_WARNINGS:
            cls.last_warning = now
            log.warning("too many connections: new ones are closed", most=max_connections())
