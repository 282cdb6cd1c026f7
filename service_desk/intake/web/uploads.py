"""Forms with files, read as they arrive: of a file that is too large the rest is discarded.

Phones send files of any size, and the text beside a video of 200 MB must still open a ticket. So
the stream is read to its end, and of each file at most one byte more than is allowed is kept, on
disk beyond the first megabyte.
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
from service_desk.intake.web.forms import MAX_FORM_BYTES, PublicForm
from service_desk.rules.messages.attachments import MAX_FILE_BYTES, MAX_FILES
from service_desk.rules.words.plain_text import strip_unstorable

MAX_REQUEST_BYTES = 512 * 1024 * 1024  # most of it discarded
MAX_PARTS = 500
MAX_FILES_LISTED = 20  # of files above MAX_FILES only the name is kept
FIELD = "photos"
MAX_BYTES_IN_MEMORY = 1024 * 1024


class SubmittedForm:
    """The text `fields`, without NUL and surrounding spaces, and the `files` of the field `photos`,
    which are open until the end of the block.

        with SubmittedForm() as form:
            await form.read(request)
    """

    def __init__(self) -> None:
        self.fields: PublicForm = {}
        self.files: list[Upload] = []
        self._open = ExitStack()
        self._part: MultipartSegment | None = None
        self._buffer = bytearray()
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
        """Raises InvalidInput if it is not a form, RequestEntityTooLarge for too much text."""
        kind, options = request.content_type
        try:
            if kind == "multipart/form-data":
                await self._read_parts(request, options.get("boundary", ""))
            else:
                await self._read_urlencoded(request)
        except (ValueError, LookupError) as error:  # malformed, or an unknown charset
            raise InvalidInput("The form could not be read. Please send it again.") from error

    async def _read_urlencoded(self, request: Request[Any, Any, Any]) -> None:
        async for chunk in request.stream():
            self._buffer_text(chunk)
        fields = parse_qsl(self._buffer.decode(), keep_blank_values=True, max_num_fields=MAX_PARTS)
        self.fields = {name: _clean(value) for name, value in fields}

    async def _read_parts(self, request: Request[Any, Any, Any], boundary: str) -> None:
        with PushMultipartParser(boundary, max_segment_count=MAX_PARTS) as parser:
            async for chunk in request.stream():
                for event in parser.parse(chunk) if chunk else ():
                    self._handle(event)

    def _handle(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """A part begins, continues, or (None) ends."""
        if event is None:
            self._end_part()
        elif isinstance(event, MultipartSegment):
            self._begin_part(event)
        elif self._file is not None:
            if len(self.files) < MAX_FILES:
                self._file.write(event[: MAX_FILE_BYTES + 1 - self._file.tell()])
        elif self._part is not None and not self._part.filename:
            self._buffer_text(event)

    def _begin_part(self, part: MultipartSegment) -> None:
        self._part, self._file, self._buffer = part, None, bytearray()
        if part.filename and part.name == FIELD and len(self.files) < MAX_FILES_LISTED:
            self._file = self._open.enter_context(
                SpooledTemporaryFile(MAX_BYTES_IN_MEMORY)  # noqa: SIM115 - closed by __exit__
            )

    def _buffer_text(self, chunk: bytes | bytearray) -> None:
        self._buffer += chunk
        if len(self._buffer) > MAX_FORM_BYTES:
            raise RequestEntityTooLarge(extra={"max": MAX_FORM_BYTES})

    def _end_part(self) -> None:
        part = self._part
        assert part is not None, "only a part that has begun ends"
        if self._file is not None:
            self.files.append(Upload(part.filename or "", part.content_type or "", self._file))
        elif part.name and not part.filename:
            self.fields[part.name] = _clean(self._buffer.decode(part.charset or "utf-8"))


def _clean(value: str) -> str:
    return strip_unstorable(value).strip()
