"""Forms with files, read as they arrive: a file that is too large is let go by, not kept.

Nothing but its battery limits what a phone sends, and the words beside a film of 200 MB still make
a ticket. So the stream is read to its end, and of each file at most one byte more than is allowed
is kept, on disk beyond the first megabyte.
"""

from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from litestar import Request
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from multipart import MultipartSegment, PushMultipartParser

from service_desk.attachments.schemas import Upload
from service_desk.errors import InvalidInput
from service_desk.intake.web.forms import MAX_FORM_BYTES, Form
from service_desk.rules.messages.attachments import MAX_FILE_BYTES, MAX_FILES
from service_desk.rules.words.plain_text import strip_unstorable

MAX_REQUEST_BYTES = 512 * 1024 * 1024  # that we let go by in one request
MAX_PARTS = 500
MAX_FILES_LISTED = 20  # files; of those above the limit only the name is kept
FIELD = "photos"
MAX_BYTES_IN_MEMORY = 1024 * 1024


class SubmittedForm:
    """What a customer sent: `words`, without NUL and surrounding spaces, and the `files` of the
    field `photos`, until the end of the block.

        with SubmittedForm() as sent:
            await sent.read(request)
    """

    def __init__(self) -> None:
        self.words: Form = {}
        self.files: list[Upload] = []
        self._open = ExitStack()
        self._part: MultipartSegment | None = None
        self._said = bytearray()
        self._file: SpooledTemporaryFile[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    async def read(self, request: Request[Any, Any, Any]) -> None:
        """Raises InvalidInput if it is no form, RequestEntityTooLarge for too many words."""
        kind, options = request.content_type
        try:
            if kind == "multipart/form-data":
                await self._read_parts(request, options.get("boundary", ""))
            else:
                await self._read_urlencoded(request)
        except (ValueError, LookupError) as error:  # not of this form, or in no such charset
            raise InvalidInput("The form could not be read. Please send it again.") from error

    async def _read_urlencoded(self, request: Request[Any, Any, Any]) -> None:
        async for chunk in request.stream():
            self._buffer_text(chunk)
        fields = parse_qsl(self._said.decode(), keep_blank_values=True, max_num_fields=MAX_PARTS)
        self.words = {name: _clean(value) for name, value in fields}

    async def _read_parts(self, request: Request[Any, Any, Any], boundary: str) -> None:
        with PushMultipartParser(boundary, max_segment_count=MAX_PARTS) as parser:
            async for chunk in request.stream():
                for event in parser.parse(chunk) if chunk else ():
                    self._take(event)

    def _take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """A part begins, goes on, or (None) is over."""
        if event is None:
            self._end()
        elif isinstance(event, MultipartSegment):
            self._begin(event)
        elif self._file is not None:
            if len(self.files) < MAX_FILES:
                self._file.write(event[: MAX_FILE_BYTES + 1 - self._file.tell()])
        elif self._part is not None and not self._part.filename:
            self._buffer_text(event)

    def _begin(self, part: MultipartSegment) -> None:
        self._part, self._file, self._said = part, None, bytearray()
        if part.filename and part.name == FIELD and len(self.files) < MAX_FILES_LISTED:
            file = SpooledTemporaryFile(MAX_BYTES_IN_MEMORY)
            self._file = self._open.enter_context(file)

    def _buffer_text(self, words: bytes | bytearray) -> None:
        self._said += words
        if len(self._said) > MAX_FORM_BYTES:
            raise RequestEntityTooLarge

    def _end(self) -> None:
        part = self._part
        assert part is not None, "only what has begun ends"
        if self._file is not None:
            self.files.append(Upload(part.filename or "", part.content_type or "", self._file))
        elif part.name and not part.filename:
            self.words[part.name] = _clean(self._said.decode(part.charset or "utf-8"))


def _clean(words: str) -> str:
    return strip_unstorable(words).strip()
