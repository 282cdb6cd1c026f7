"""Forms with files, read as they arrive: a file that is too large is let go by, not kept.

Nothing but the bytes themselves limits what a phone sends, and the words beside a film of 200 MB
still make a ticket. So the stream is read to its end, and of each file at most one byte more than
is allowed is kept, on disk beyond the first megabyte.
"""

from collections.abc import AsyncIterator, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from litestar import Request
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from multipart import PushMultipartParser  # pyright: ignore[reportUnknownVariableType, reportAttributeAccessIssue]

from service_desk.attachments.schemas import Upload
from service_desk.errors import InvalidInput
from service_desk.intake.forms import MOST_BYTES, Form
from service_desk.rules.attachments import MOST_BYTES as MOST_OF_FILE
from service_desk.rules.attachments import MOST_FILES

MOST_WITH_FILES = 512 * 1024 * 1024  # that we let go by in one request
MOST_PARTS = 500
MOST_NAMED = 20  # files; of those above the limit only the name is kept
FIELD = "photos"
IN_MEMORY = 1024 * 1024


async def read_form_and_files(request: Request[Any, Any, Any]) -> tuple[Form, list[Upload]]:
    """The fields as text, without NUL and surrounding spaces; the files of the field `photos`.

    Raises InvalidInput if it is no form, RequestEntityTooLarge for too many words.
    """
    kind, options = request.content_type
    if kind != "multipart/form-data":
        return _cleaned(await _read_words(request.stream())), []
    reader = _Reader()
    try:
        with PushMultipartParser(
            options.get("boundary", ""), max_segment_count=MOST_PARTS
        ) as parser:
            async for chunk in request.stream():
                for event in cast(_Parser, parser).parse(chunk) if chunk else ():
                    reader.take(event)
    except (ValueError, LookupError) as error:
        raise InvalidInput("The form could not be read. Please send it again.") from error
    return _cleaned(reader.fields), reader.uploads


class _Part(Protocol):
    """What the parser, which has no types, says when a part begins."""

    name: str
    filename: str | None
    content_type: str | None
    charset: str | None


class _Parser(Protocol):
    """After each part's beginning come its bytes, and None when it is over."""

    def parse(self, chunk: bytes) -> Iterable[_Part | bytes | None]: ...


class _Reader:
    """What the parts of a form add up to."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.uploads: list[Upload] = []
        self._part: _Part | None = None
        self._words = bytearray()
        self._file: SpooledTemporaryFile[bytes] | None = None

    def take(self, event: _Part | bytes | None) -> None:
        """A part begins, goes on, or (None) is over."""
        if event is None:
            self._end()
        elif not isinstance(event, bytes | bytearray):
            self._begin(event)
        elif self._file is not None:
            if len(self.uploads) < MOST_FILES:
                self._file.write(event[: MOST_OF_FILE + 1 - self._file.tell()])
        elif self._part is not None and not self._part.filename:
            self._words += event
            if len(self._words) > MOST_BYTES:
                raise RequestEntityTooLarge

    def _begin(self, part: _Part) -> None:
        self._part = part
        if part.filename and part.name == FIELD and len(self.uploads) < MOST_NAMED:
            self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the upload's

    def _end(self) -> None:
        part, file = self._part, self._file
        assert part is not None, "a part ends that has begun"
        if file is not None:
            self.uploads.append(Upload(part.filename or "", part.content_type or "", file))
        elif not part.filename:
            self.fields[part.name] = self._words.decode(part.charset or "utf-8")
        self._part, self._file, self._words = None, None, bytearray()


async def _read_words(stream: AsyncIterator[bytes]) -> dict[str, str]:
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > MOST_BYTES:
            raise RequestEntityTooLarge
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_PARTS))
    except ValueError as error:
        raise InvalidInput("The form could not be read. Please send it again.") from error


def _cleaned(fields: dict[str, str]) -> Form:
    return {name: value.replace("\0", "").strip() for name, value in fields.items()}
