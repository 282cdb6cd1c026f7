"""Which files are accepted: judged by their content, never by their name (DESIGN §4)."""

import re
from typing import Literal, get_args

from msgspec import Struct

MAX_FILE_BYTES = 10 * 1024 * 1024  # of one attachment
MAX_FILES = 5  # of one message by form
MAX_FILE_NAME_LENGTH = 120

AttachmentState = Literal["pending", "stored", "rejected"]
ATTACHMENT_STATES: tuple[AttachmentState, ...] = get_args(AttachmentState)
ThumbnailState = Literal["none", "pending", "ready", "failed"]
THUMBNAIL_STATES: tuple[ThumbnailState, ...] = get_args(ThumbnailState)
RejectionReason = Literal[
    "too_large", "too_many", "forbidden_type", "type_mismatch", "empty",  # problems of the file
    "untrusted_host", "gone", "unreachable", "storage_failed",  # problems in fetching or storing it
]  # fmt: skip
REJECTION_REASONS: tuple[RejectionReason, ...] = get_args(RejectionReason)

EXTENSIONS: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "application/pdf": ("pdf",),
    "text/plain": ("txt", "text", "log", "vcf", "md"),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov", "qt"),
    "video/3gpp": ("3gp", "3gpp", "3g2"),
    "audio/mp4": ("m4a",),
    "audio/mpeg": ("mp3",),
    "audio/amr": ("amr",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/wav": ("wav",),
}
"""The accepted media types with their extensions, the first of which we use."""

ACCEPT_ATTRIBUTE = (
    "image/jpeg,image/png,image/gif,image/webp,application/pdf,text/plain,video/*,audio/*"
)
"""For file inputs of forms. Without HEIC, so that iPhones send JPEG."""

IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""Types we make thumbnails of, and that browsers display."""

# A picture under another picture's name is kept for what it is: phones rename HEIC, browsers save
# WebP as .jpg. Both are shown as pictures, or not at all.
_PICTURES = IMAGES | {"image/heic"}
# One container format (ISO 14496-12): its brands do not tell which of these types a phone declares.
_CONTAINER = frozenset({"video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"})
# Other names that phones, browsers and carriers use for these types.
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/heif": "image/heic",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-amr": "audio/amr",
    "audio/amr-wb": "audio/amr",
    "audio/opus": "audio/ogg",
    "video/ogg": "audio/ogg",
    "application/ogg": "audio/ogg",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "video/x-m4v": "video/mp4",
    "audio/3gpp": "video/3gpp",
    "audio/3gpp2": "video/3gpp",
    "video/3gpp2": "video/3gpp",
    "text/vcard": "text/plain",
    "text/x-vcard": "text/plain",
    "text/markdown": "text/plain",
}
_GENERIC_TYPES = ("", "application/octet-stream", "binary/octet-stream")
_TYPE_OF_EXTENSION = {
    extension: media_type for media_type, known in EXTENSIONS.items() for extension in known
}


class ContentCheck(Struct, frozen=True):
    """`media_type`: what the content is, if we know it. `rejection`: why we do not accept it."""

    media_type: str | None
    rejection: RejectionReason | None = None


def check_content(content: bytes, declared: str, name: str) -> ContentCheck:
    """Whether to accept a file. `declared`: the media type it came with; `name`: its file name."""
    if not content:
        return ContentCheck(None, "empty")
    if len(content) > MAX_FILE_BYTES:
        return ContentCheck(sniff(content), "too_large")
    found, claimed = sniff(content), _claimed(declared, name)
    if found is None:
        known = claimed is not None and claimed in EXTENSIONS
        return ContentCheck(None, "type_mismatch" if known else "forbidden_type")
    if claimed is None or claimed == found or _are_alike(claimed, found):
        return ContentCheck(found)
    return ContentCheck(found, "type_mismatch")


def _are_alike(claimed: str, found: str) -> bool:
    return any({claimed, found} <= kind for kind in (_PICTURES, _CONTAINER))


def sniff(content: bytes) -> str | None:
    """The media type of the content: one of EXTENSIONS, or None."""
    for signature, media_type in _SIGNATURES:
        if signature.match(content):
            return media_type
    if content[4:8] == b"ftyp":
        return _of_container(content)
    return "text/plain" if _is_plain_text(content) else None


def safe_file_name(name: str, media_type: str | None) -> str:
    """A name that is safe to save under: no path, no special characters, the right extension."""
    base = re.split(r"[/\\]", name)[-1]
    base = "".join(c for c in base if c.isprintable() and c not in '<>:"|?*').strip(" .")
    stem, dot, extension = base.rpartition(".")
    if media_type is None:
        return base[:MAX_FILE_NAME_LENGTH].strip(" .") or "attachment"
    if not dot or not stem:
        stem, extension = base, ""
    elif _TYPE_OF_EXTENSION.get(extension.lower()) is None:
        stem, extension = base, ""  # the dot is part of the name
    if extension.lower() not in EXTENSIONS[media_type]:
        extension = EXTENSIONS[media_type][0]
    return f"{stem[: MAX_FILE_NAME_LENGTH - 6].strip(' .') or 'attachment'}.{extension}"


def _claimed(declared: str, name: str) -> str | None:
    """The declared media type; a generic one is replaced by that of the file extension."""
    media_type = declared.partition(";")[0].strip().lower()
    if media_type in _GENERIC_TYPES:
        return _TYPE_OF_EXTENSION.get(name.rpartition(".")[2].lower())
    return _ALIASES.get(media_type, media_type)


_SIGNATURES = [
    (re.compile(pattern, re.DOTALL), media_type)
    for pattern, media_type in (
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"RIFF....WEBPVP8", "image/webp"),
        (rb"RIFF....WAVE", "audio/wav"),
        (rb"%PDF-\d", "application/pdf"),
        (rb"ID3[\x02-\x04]|\xff[\xfa\xfb\xf2\xf3]", "audio/mpeg"),
        (rb"#!AMR(-WB)?\n", "audio/amr"),
        (rb"OggS\x00", "audio/ogg"),
    )
]
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_OTHER_BRANDS = {b"qt  ": "video/quicktime", b"M4A ": "audio/mp4", b"M4B ": "audio/mp4"}
_VIDEO_BRANDS = re.compile(rb"isom|iso[2-9]|mp4[12]|avc1|M4V |MSNV|dash|mmp4")


def _of_container(content: bytes) -> str | None:
    """By the brands in its first box: https://mp4ra.org/registered-types/brands"""
    box = content[8 : min(int.from_bytes(content[:4], "big"), 256)]
    major, brands = box[:4], {box[at : at + 4] for at in range(8, len(box), 4)}
    if major in _HEIC_BRANDS or (major in (b"mif1", b"msf1") and brands & set(_HEIC_BRANDS)):
        return "image/heic"
    if major.startswith((b"3gp", b"3g2")):
        return "video/3gpp"
    if major in _OTHER_BRANDS:
        return _OTHER_BRANDS[major]
    return "video/mp4" if _VIDEO_BRANDS.fullmatch(major) else None


_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"\s*<[a-z!?/]", re.IGNORECASE)


def _is_plain_text(content: bytes) -> bool:
    """UTF-8 without control characters, and no markup, which a browser might execute."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not _UNPRINTABLE.search(text) and not _MARKUP.match(text)
