import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.messages.attachments import (
    EXTENSIONS,
    MAX_FILE_BYTES,
    MAX_FILE_NAME_LENGTH,
    ContentCheck,
    check_content,
    safe_file_name,
    sniff,
)


def box(major: bytes, *brands: bytes) -> bytes:
    content = b"ftyp" + major + bytes(4) + b"".join(brands)
    return struct.pack(">I", 4 + len(content)) + content + b"\0\0\0\x08mdat"


SAMPLES = {
    "image/jpeg": [b"\xff\xd8\xff\xe0\0\x10JFIF\0", b"\xff\xd8\xff\xe1\0\x10Exif\0"],
    "image/png": [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
    "image/gif": [b"GIF87a\1\0\1\0", b"GIF89a\1\0\1\0"],
    "image/webp": [b"RIFF\x24\0\0\0WEBPVP8 ", b"RIFF\x0a\x0a\0\0WEBPVP8L", b"RIFF....WEBPVP8X"],
    "image/heic": [box(b"heic", b"mif1", b"heic"), box(b"mif1", b"mif1", b"heic")],
    "application/pdf": [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"],
    "text/plain": ["It leaks. 漏水了。\r\n\t5 < 6".encode(), b"\xef\xbb\xbfwords", b"<3 this"],
    "video/mp4": [box(b"isom", b"isom", b"avc1"), box(b"mp42", b"mp41")],
    "video/quicktime": [box(b"qt  ", b"qt  ")],
    "video/3gpp": [box(b"3gp4", b"isom"), box(b"3g2a")],
    "audio/mp4": [box(b"M4A ", b"mp42")],
    "audio/mpeg": [b"ID3\x04\0\0\0\0", b"\xff\xfb\x90\x64"],
    "audio/amr": [b"#!AMR\n\x3c", b"#!AMR-WB\n\x04"],
    "audio/ogg": [b"OggS\0\2"],
    "audio/wav": [b"RIFF\x24\0\0\0WAVEfmt "],
}
FORBIDDEN = {
    "program": b"MZ\x90\0\3\0\0\0",
    "elf": b"\x7fELF\2\1\1\0",
    "zip": b"PK\3\4\x14\0",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "html": b"\xef\xbb\xbf \n<!DOCTYPE html><script>",
    "xml": b"<?xml version='1.0'?>",
    "script": b"  <ScRiPt>alert(1)</script>",
    "avif": box(b"avif", b"mif1", b"miaf"),
    "avif as mif1": box(b"mif1", b"avif"),
    "tiff": b"II*\0\x08\0\0\0",
    "riff of another kind": b"RIFF\x24\0\0\0AVI LIST",
    "utf-16": "words".encode("utf-16"),
    "gbk": "洗衣机".encode("gbk"),
    "empty box": b"\0\0\0\0ftyp",
    "nul in text": b"words\0words",
}


def test_every_type_has_a_sample() -> None:
    assert SAMPLES.keys() == EXTENSIONS.keys()


@pytest.mark.parametrize("media_type", SAMPLES)
def test_sniff(media_type: str) -> None:
    for sample in SAMPLES[media_type]:
        assert sniff(sample) == media_type
        assert check_content(sample, "", "file").rejection is None
        assert check_content(sample, media_type, "file").rejection is None
        assert (
            check_content(sample, f"{media_type.upper()}; charset=utf-8", "x").media_type
            == media_type
        )


@pytest.mark.parametrize("name", FORBIDDEN)
def test_other_types_are_forbidden(name: str) -> None:
    content = FORBIDDEN[name]
    assert sniff(content) is None
    assert check_content(content, "", name).rejection == "forbidden_type"
    assert check_content(content, "application/x-whatever", name).rejection == "forbidden_type"
    assert check_content(content, "image/jpeg", name).rejection == "type_mismatch"
    assert (
        check_content(content, "application/octet-stream", "photo.JPG").rejection == "type_mismatch"
    )


@pytest.mark.parametrize("declared", SAMPLES)
@pytest.mark.parametrize("found", SAMPLES)
def test_content_of_another_type_than_declared_is_rejected(declared: str, found: str) -> None:
    container = {"video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"}
    pictures = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic"}
    same = declared == found or any({declared, found} <= kind for kind in (container, pictures))
    assert (check_content(SAMPLES[found][0], declared, "").rejection is None) == same


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ("image/jpg", "image/jpeg"),
        ("image/heif", "image/heic"),
        ("audio/x-wav", "audio/wav"),
        ("audio/3gpp", "video/3gpp"),
        ("audio/x-m4a", "audio/mp4"),
        ("text/x-vCard", "text/plain"),
    ],
)
def test_aliases_of_a_type_are_accepted(declared: str, found: str) -> None:
    assert check_content(SAMPLES[found][0], declared, "").rejection is None


def test_generic_types_are_judged_by_the_file_name() -> None:
    png = SAMPLES["image/png"][0]
    assert check_content(png, "", "photo.png").rejection is None
    assert check_content(png, "", "photo").rejection is None
    assert check_content(png, "application/octet-stream", "photo.pdf").rejection == "type_mismatch"
    assert check_content(png, "image/png", "photo.pdf").rejection is None  # it gets the right name


@pytest.mark.parametrize("found", ["image/heic", "image/webp", "image/png"])
def test_a_picture_named_jpg_is_kept_under_its_true_type(found: str) -> None:
    for declared in ("image/jpeg", ""):
        assert check_content(SAMPLES[found][0], declared, "photo.jpg") == ContentCheck(found)
    assert safe_file_name("photo.jpg", found) == f"photo.{found.partition('/')[2]}"


def test_sizes() -> None:
    jpeg = SAMPLES["image/jpeg"][0]
    assert check_content(b"", "image/jpeg", "x").rejection == "empty"
    assert check_content(jpeg.ljust(MAX_FILE_BYTES), "image/jpeg", "x").rejection is None
    assert check_content(jpeg.ljust(MAX_FILE_BYTES + 1), "image/jpeg", "x").rejection == "too_large"


@given(st.binary(max_size=200), st.text(max_size=30), st.text(max_size=30))
def test_any_content_is_judged(content: bytes, declared: str, name: str) -> None:
    check = check_content(content, declared, name)
    assert check.media_type is None or check.media_type in EXTENSIONS
    assert check.rejection is not None or check.media_type is not None


@given(st.sampled_from([s for samples in SAMPLES.values() for s in samples]), st.binary())
def test_content_after_the_signature_does_not_matter(sample: bytes, tail: bytes) -> None:
    media_type = sniff(sample)
    assert media_type == "text/plain" or sniff(sample + tail) == media_type


@given(st.binary(max_size=300))
def test_only_text_without_control_characters_and_markup_is_text(content: bytes) -> None:
    if sniff(content) != "text/plain":
        return
    text = content.decode("utf-8-sig")
    assert not any(ord(c) < 32 and c not in "\t\n\r\f" for c in text)
    assert not text.lstrip().lower().startswith(("<!", "<?", "<html", "<script", "<svg", "</"))


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("photo.jpg", "image/jpeg", "photo.jpg"),
        ("photo.JPEG", "image/jpeg", "photo.JPEG"),
        ("photo.png", "image/jpeg", "photo.jpg"),
        ("mms-1", "image/png", "mms-1.png"),
        ("v1.2", "image/png", "v1.2.png"),
        ("evil.exe", "image/png", "evil.exe.png"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\fakepath\\洗衣机.png", "image/png", "洗衣机.png"),
        ("a\r\nb\0.png", "image/png", "ab.png"),
        ("\u202egnp.exe", "image/png", "gnp.exe.png"),
        ('"<x>|?*:.pdf', "application/pdf", "x.pdf"),
        ("", "image/gif", "attachment.gif"),
        (".png", "image/png", "png.png"),
        ("...", None, "attachment"),
        ("notes.zip", None, "notes.zip"),
    ],
)
def test_safe_file_name(name: str, media_type: str | None, expected: str) -> None:
    assert safe_file_name(name, media_type) == expected


@given(st.text(max_size=400), st.sampled_from([None, *EXTENSIONS]))
def test_any_name_becomes_safe(name: str, media_type: str | None) -> None:
    safe = safe_file_name(name, media_type)
    assert 1 <= len(safe) <= MAX_FILE_NAME_LENGTH
    assert safe.isprintable()
    assert not set(safe) & set('/\\<>:"|?*')
    assert not safe.startswith(".")
    if media_type is not None:
        assert safe.rpartition(".")[2].lower() in EXTENSIONS[media_type]
        assert safe_file_name(safe, media_type) == safe
