"""Attachments as they come in, as they are shown, and as they are handed out."""

from typing import IO, Literal

import msgspec

from service_desk.rules.messages.attachments import IMAGES, RejectionReason

AttachmentState = Literal["waiting", "stored", "refused"]


class Upload(msgspec.Struct, frozen=True):
    """A file of a form. Of one that is too large `file` has the first part, just too long."""

    name: str
    declared_type: str
    file: IO[bytes]

    def read(self) -> bytes:
        self.file.seek(0)
        return self.file.read()


class NewAttachment(msgspec.Struct, frozen=True):
    """What comes with a message: waiting to be fetched, stored already, or refused."""

    name: str
    state: AttachmentState
    declared_type: str = ""
    media_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    storage_key: str | None = None
    source_url: str | None = None
    reason: RejectionReason | None = None
    thumbnail: Literal["none", "waiting"] = "none"


class AttachmentView(msgspec.Struct, frozen=True):
    """`media_type` and `size` (bytes) are null as long as it waits; `reason`: why it was
    refused."""

    id: int
    name: str
    media_type: str | None
    size: int | None
    state: AttachmentState
    reason: RejectionReason | None
    thumbnail: bool

    @property
    def is_picture(self) -> bool:
        return self.state == "stored" and self.media_type in IMAGES

    @property
    def is_sound(self) -> bool:
        return self.state == "stored" and (self.media_type or "").startswith("audio/")


class StoredAttachment(msgspec.Struct, frozen=True):
    """One that is stored, with where."""

    name: str
    media_type: str
    sha256: str
    storage_key: str
    thumbnail: bool
