from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from service_desk.attachments import operations, storage
from service_desk.attachments.operations import (
    MAX_URL_LENGTH,
    attach,
    pending_attachment,
    stored_uploads,
)
from service_desk.attachments.schemas import NewAttachment, Upload
from service_desk.database import fetch, fetch_value, transaction
from service_desk.rules.messages.attachments import MAX_FILE_BYTES, MAX_FILES
from service_desk.settings import get_settings
from tests.attachments.media_server import picture
from tests.factories import NOW, make_ticket


def upload(content: bytes, name: str = "photo.jpg", declared_type: str = "image/jpeg") -> Upload:
    return Upload(name, declared_type, BytesIO(content))


async def attach_to_message(*attachments: NewAttachment) -> None:
    ticket = await make_ticket()
    message = await fetch_value("SELECT id FROM message WHERE ticket = $1", ticket.id)
    async with transaction():
        await attach(message, attachments, at=NOW)


def count_files() -> int:
    folder = get_settings().data_dir / storage.FOLDER
    return sum(1 for file in Path(folder).rglob("*") if file.is_file())


async def test_attached_uploads_are_stored(desk: str) -> None:
    before = count_files()
    async with stored_uploads(
        [upload(picture()), upload(picture("PNG"), "p.png", "image/png")]
    ) as new:
        await attach_to_message(*new)
    rows = await fetch("SELECT * FROM attachment ORDER BY id")
    assert [(row["name"], row["state"], row["thumbnail"]) for row in rows] == [
        ("photo.jpg", "stored", "pending"),
        ("p.png", "stored", "pending"),
    ]
    assert await storage.read(rows[1]["storage_key"]) == picture("PNG")
    assert rows[0]["processed_at"] == rows[0]["received_at"] == rows[0]["next_attempt_at"] == NOW
    assert count_files() == before + 2


async def test_unused_uploads_are_removed(desk: str) -> None:
    before = count_files()
    async with stored_uploads([upload(picture())]) as new:
        assert new[0].state == "stored"
    with pytest.raises(ZeroDivisionError):
        await _attach_and_fail()
    assert count_files() == before


async def _attach_and_fail() -> None:
    async with stored_uploads([upload(picture())]) as new, transaction():
        await attach_to_message(*new)
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (upload(b"<html>"), "type_mismatch"),
        (upload(b"PK\x03\x04\x00", "x.zip", "application/zip"), "forbidden_type"),
        (upload(b""), "empty"),
        (upload(picture().ljust(MAX_FILE_BYTES + 1)), "too_large"),
    ],
)
async def test_unacceptable_content_is_rejected_with_the_reason(
    desk: str, file: Upload, reason: str
) -> None:
    before = count_files()
    async with stored_uploads([file]) as new:
        await attach_to_message(*new)
    row = (await fetch("SELECT * FROM attachment"))[0]
    assert (row["state"], row["reason"], row["storage_key"]) == ("rejected", reason, None)
    assert row["next_attempt_at"] is None
    assert count_files() == before


async def test_files_beyond_the_maximum_are_rejected(desk: str) -> None:
    async with stored_uploads([upload(picture()) for _ in range(MAX_FILES + 2)]) as new:
        assert [one.state for one in new] == ["stored"] * MAX_FILES + ["rejected"] * 2
        assert new[-1].reason == "too_many"


async def test_a_storage_failure_rejects_the_file_but_not_the_message(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(key: str, content: bytes) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(storage, "put", full)
    async with stored_uploads([upload(picture())]) as new:
        await attach_to_message(*new)
    assert await fetch_value("SELECT reason FROM attachment") == "storage_failed"


async def test_media_at_the_carrier_is_pending(desk: str) -> None:
    await attach_to_message(
        pending_attachment(
            "https://api.twilio.com/ME1", declared_type="image/jp\0eg" * 30, name="mms-1"
        ),
        pending_attachment("x" * (MAX_URL_LENGTH + 1), declared_type="image/jpeg", name="mms-2"),
    )
    rows = await fetch("SELECT * FROM attachment ORDER BY id")
    assert [row["state"] for row in rows] == ["pending", "rejected"]
    assert rows[0]["next_attempt_at"] == NOW
    assert "\0" not in rows[0]["declared_type"]
    assert rows[1]["reason"] == "untrusted_host"


async def test_no_attachments_need_no_query(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[object] = []

    async def count(*query: object) -> None:
        queries.append(query)

    monkeypatch.setattr(operations, "fetch", count)
    async with transaction():
        await attach(1, (), at=NOW)
        assert queries == []
        await attach(1, [pending_attachment("x", declared_type="image/jpeg", name="y")], at=NOW)
    assert len(queries) == 1


@pytest.mark.parametrize("name", ["x" * 1000, "\u202e", "🔥.jpg", "a\0b", "洗" * 300])
async def test_any_file_name_fits(desk: str, name: Any) -> None:
    async with stored_uploads([upload(picture(), name), upload(b"\0", name)]) as new:
        await attach_to_message(*new)
    assert await fetch_value("SELECT count(*) FROM attachment") == 2
