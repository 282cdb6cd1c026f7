import asyncio
import struct
import sys
import zlib
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from service_desk.attachments import storage, thumbnailer, thumbnails
from service_desk.attachments.operations import attach, stored_uploads
from service_desk.attachments.schemas import Upload
from service_desk.attachments.thumbnails import (
    LEASE,
    MAX_ATTEMPTS,
    make_due_thumbnails,
    thumbnail_key,
    thumbnail_of,
)
from service_desk.database import fetch_one, fetch_value, transaction
from tests.attachments.media_server import picture
from tests.factories import NOW, make_ticket

UPRIGHT, TURNED = 1, 6  # EXIF orientations: as is; a quarter turn clockwise


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that claims side × side pixels."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    row = zlib.compress(bytes(side * 3 + 1) * 8)
    parts = ((b"IHDR", head), (b"IDAT", row), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


async def store(*contents: bytes) -> None:
    """A ticket whose message has these files."""
    ticket = await make_ticket()
    message = await fetch_value("SELECT id FROM message WHERE ticket = $1", ticket.id)
    files = [Upload("photo", "", BytesIO(content)) for content in contents]
    async with stored_uploads(files) as attachments, transaction():
        await attach(message, attachments, at=NOW)


async def row() -> Any:
    return await fetch_one("SELECT * FROM attachment ORDER BY id LIMIT 1")


def colour_at(place: tuple[int, int], image: Image.Image) -> tuple[int, int, int]:
    pixel: Any = image.convert("RGB").getpixel(place)  # of other modes it is a number
    return pixel


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_large_images_are_scaled_down(kind: str) -> None:
    thumbnail = await thumbnail_of(picture(kind, (2000, 1000)))
    assert thumbnail is not None
    assert opened(thumbnail).format == "JPEG"
    assert opened(thumbnail).size == (480, 240)
    red, _, blue = colour_at((5, 5), opened(thumbnail))
    assert red > 200 > 60 > blue


def test_small_images_are_not_scaled_up() -> None:
    assert opened(thumbnailer.thumbnail(picture(size=(64, 48)))).size == (64, 48)


def test_thumbnails_are_upright_and_have_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = TURNED
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[2] = (22.0, 32.0, 0.0)  # GPS
    thumbnail = thumbnailer.thumbnail(picture(size=(1000, 500), exif=exif, comment=b"secret"))
    small = opened(thumbnail)
    assert small.size == (240, 480)
    red, _, _ = colour_at((100, 20), small)
    assert red > 200  # it was left and is now on top
    assert not small.getexif()
    assert {"exif", "comment", "icc_profile"}.isdisjoint(small.info)
    assert b"secret" not in thumbnail
    assert b"Camera" not in thumbnail


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_colour_mode(mode: str) -> None:
    content = BytesIO()
    image = Image.new("L", (600, 600), 255)
    image = Image.new(mode, (600, 600)) if mode == "I;16" else image.convert(mode)
    image.save(content, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(thumbnailer.thumbnail(content.getvalue())).size == (480, 480)


def test_transparent_becomes_white() -> None:
    content = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(content, "PNG")
    assert opened(thumbnailer.thumbnail(content.getvalue())).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [bomb(), b"\xff\xd8\xff rest", picture()[:-200], b"", b"BM" + picture("BMP")[2:]],
    ids=["bomb", "not an image", "cut off", "nothing", "another format"],
)
async def test_bad_images_have_no_thumbnail(content: bytes) -> None:
    assert await thumbnail_of(content) is None


async def test_the_thumbnailer_has_little_memory() -> None:
    """So that an image larger than it claims cannot exhaust the machine."""
    greedy = "from service_desk.attachments.thumbnailer import *; limit_process(); bytes(2**31)"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", greedy), stderr=asyncio.subprocess.PIPE
    )
    _, stderr = await process.communicate()
    assert b"MemoryError" in stderr


async def test_a_thumbnailer_that_takes_too_long_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(thumbnails, "TIMEOUT_SECONDS", 0.001)
    assert await thumbnail_of(picture(size=(4000, 4000))) is None


async def test_the_sweep_makes_each_thumbnail_once(desk: str) -> None:
    await store(picture(), picture("PNG"), b"just words", picture("WEBP"))
    while sum(await asyncio.gather(*(make_due_thumbnails(NOW) for _ in range(3)))):
        pass
    states = "SELECT array_agg(thumbnail ORDER BY id) FROM attachment"
    assert await fetch_value(states) == ["ready", "ready", "none", "ready"]
    assert await fetch_value("SELECT count(next_attempt_at) FROM attachment") == 0
    assert opened(await storage.read(thumbnail_key((await row())["storage_key"])))


async def test_a_broken_image_is_not_retried(desk: str) -> None:
    await store(picture()[:-200])
    assert await make_due_thumbnails(NOW) == 1
    assert (await row())["thumbnail"] == "failed"
    assert await make_due_thumbnails(NOW + timedelta(days=1)) == 0


async def test_an_image_that_kills_workers_is_given_up_on(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store(picture())

    async def dies(_: bytes) -> bytes:
        raise RuntimeError("as if the worker had been killed")

    monkeypatch.setattr(thumbnails, "thumbnail_of", dies)
    now = NOW
    for _ in range(MAX_ATTEMPTS):
        assert await make_due_thumbnails(now) == 1
        assert await make_due_thumbnails(now) == 0
        now += LEASE
    assert (await row())["thumbnail"] == "pending"
    await make_due_thumbnails(now)
    assert (await row())["thumbnail"] == "failed"


async def test_a_storage_failure_is_retried(desk: str) -> None:
    await store(picture())
    key = (await row())["storage_key"]
    content = await storage.read(key)
    await storage.remove([key])
    await make_due_thumbnails(NOW)
    assert (await row())["thumbnail"] == "pending"
    await storage.put(key, content)
    await make_due_thumbnails(NOW + LEASE)
    assert (await row())["thumbnail"] == "ready"
