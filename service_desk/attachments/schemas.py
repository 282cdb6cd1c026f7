"""Attachments as received, as shown, and as served."""

from typing import IO, Literal

import msgspec

from service_desk.rules.messages.attachments import IMAGES, AttachmentState, RejectionReason


class Upload(msgspec.Struct, frozen=True):
    """A file of a form. A file that is too large is cut off, just above the limit."""

    name: str
    declared_type: str
    file: IO[bytes]

    def read(self) -> bytes:
        self.file.seek(0)
        return self.file.read()


class NewAttachment(msgspec.Struct, frozen=True):
    """An attachment of a new message: pending (to be fetched), stored, or rejected."""

    name: str
    state: AttachmentState
    declared_type: str = ""
    media_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    storage_key: str | None = None
    source_url: str | None = None
    reason: RejectionReason | None = None
    thumbnail: Literal["none", "pending"] = "none"


class AttachmentView(msgspec.Struct, frozen=True):
    """`media_type` and `size` (bytes) are null while it is pending; `reason`: of a rejection."""

    id: int
    name: str
    media_type: str | None
    size: int | None
    state: AttachmentState
    reason: RejectionReason | None
    thumbnail: bool

    @property
    def is_image(self) -> bool:
        return self.state == "stored" and self.media_type in IMAGES

    @property
    def is_audio(self) -> bool:
        return self.state == "stored" and (self.media_type or "").startswith("audio/")


class StoredAttachment(msgspec.Struct, frozen=True):
    """A stored attachment, with its storage key."""

    name: str
    media_type: str
    sha256: str
    storage_key: str
    thumbnail: bool
