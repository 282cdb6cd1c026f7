import asyncio
import os
import signal
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.attachments import storage
from service_desk.attachments.fetching import (
    LEASE,
    MAX_ATTEMPTS,
    MAX_ATTEMPTS_IF_GONE,
    fetch_due_media,
)
from service_desk.attachments.operations import attach, pending_attachment
from service_desk.database import fetch, fetch_one, fetch_value, transaction
from service_desk.jobs import Job, using_queue
from service_desk.settings import get_settings
from tests.attachments.media_server import AUTHORIZED, MediaServer, media_server, picture
from tests.factories import NOW, make_ticket
from tests.twilio_side import text_desk


async def receive_media(*addresses: str, declared_type: str = "image/jpeg") -> None:
    """A ticket whose message has media at these addresses."""
    media = [
        pending_attachment(url, declared_type=declared_type, name="mms-1") for url in addresses
    ]
    ticket = await make_ticket()
    message = await fetch_value("SELECT id FROM message WHERE ticket = $1", ticket.id)
    async with transaction():
        await attach(message, media, at=NOW)


async def row() -> Any:
    return await fetch_one("SELECT * FROM attachment ORDER BY id LIMIT 1")


async def test_photos_of_an_mms_are_fetched_for_the_ticket(
    carrier: MediaServer, client: AsyncClient
) -> None:
    media = {
        "NumMedia": "2",
        "MediaUrl0": carrier.serve("/Media/ME0", content=picture()),
        "MediaContentType0": "image/jpeg",
        "MediaUrl1": carrier.serve("/Media/ME1", content=picture("PNG"), content_type="image/png"),
        "MediaContentType1": "image/png",
    }
    await text_desk(client, "The washer leaks", **media)
    assert await fetch_value("SELECT count(*) FROM attachment WHERE state = 'pending'") == 2
    assert carrier.requests == []  # the webhook itself fetches nothing
    assert await fetch_due_media(wall_clock.now()) == 2
    assert await fetch_due_media(wall_clock.now()) == 0
    assert sorted(carrier.requests) == [("/Media/ME0", AUTHORIZED), ("/Media/ME1", AUTHORIZED)]
    rows = await fetch("SELECT * FROM attachment ORDER BY id")
    assert [(one["name"], one["media_type"]) for one in rows] == [
        ("mms-1.jpg", "image/jpeg"),
        ("mms-2.png", "image/png"),
    ]
    for one, content in zip(rows, (picture(), picture("PNG")), strict=True):
        assert await storage.read(one["storage_key"]) == content
        assert one["sha256"] == sha256(content).hexdigest()
        assert (one["state"], one["size"], one["thumbnail"]) == ("stored", len(content), "pending")


async def test_what_was_fetched_wakes_the_job_for_its_thumbnail(carrier: MediaServer) -> None:
    woken: list[str] = []

    class Queue:
        async def enqueue(self, job: Job, about: str) -> None:
            woken.append(job)

    await receive_media(carrier.serve("/Media/ME0", content=picture()))
    async with using_queue(Queue()):
        await fetch_due_media(wall_clock.now())
    assert woken == ["make_due_thumbnails"]


async def test_a_repeated_mms_adds_no_photos(carrier: MediaServer, client: AsyncClient) -> None:
    media = {"NumMedia": "1", "MediaUrl0": f"{carrier.url}/x", "MediaContentType0": "image/jpeg"}
    for _ in range(2):
        await text_desk(client, "leaks", sid="SM1", **media)
    assert await fetch_value("SELECT count(*) FROM attachment") == 1


async def test_a_recording_gets_no_thumbnail(carrier: MediaServer) -> None:
    wave = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40)
    await receive_media(
        carrier.serve("/RE1", content=wave, content_type="audio/x-wav"), declared_type="audio/wav"
    )
    await fetch_due_media(NOW)
    stored = await row()
    assert (stored["media_type"], stored["thumbnail"]) == ("audio/wav", "none")
    assert stored["next_attempt_at"] is None


@pytest.mark.parametrize(
    ("content", "declared", "reason"),
    [
        (b"<!doctype html><script>", "image/jpeg", "type_mismatch"),
        (b"%PDF-1.7 ....", "image/jpeg", "type_mismatch"),
        (b"PK\x03\x04 a zip \x00", "application/zip", "forbidden_type"),
        (b"MZ\x90\x00", "", "type_mismatch"),  # declared as an image by the server
        (b"", "image/jpeg", "empty"),
    ],
)
async def test_unacceptable_content_is_rejected_with_the_reason(
    carrier: MediaServer, content: bytes, declared: str, reason: str
) -> None:
    await receive_media(carrier.serve("/ME1", content=content), declared_type=declared)
    await fetch_due_media(NOW)
    stored = await row()
    assert (stored["state"], stored["reason"]) == ("rejected", reason)
    assert stored["processed_at"] == NOW
    with pytest.raises(FileNotFoundError):
        await storage.read(stored["storage_key"])
    assert await fetch_due_media(NOW + timedelta(days=1)) == 0


async def test_a_foreign_address_is_rejected_at_once(carrier: MediaServer) -> None:
    async with media_server() as other:
        await receive_media(other.serve("/x", content=picture()), "https://x/" + "y" * 3000)
        await fetch_due_media(NOW)
        reasons = await fetch("SELECT state, reason FROM attachment")
        assert {tuple(one) for one in reasons} == {("rejected", "untrusted_host")}
        assert other.requests == []


@pytest.mark.parametrize(
    ("status", "max_attempts", "reason"),
    [(404, MAX_ATTEMPTS_IF_GONE, "gone"), (500, MAX_ATTEMPTS, "unreachable")],
)
async def test_retries_with_growing_delays_until_the_attempts_run_out(
    carrier: MediaServer, status: int, max_attempts: int, reason: str
) -> None:
    await receive_media(carrier.serve("/ME1", status=status))
    now = NOW
    for attempt in range(1, max_attempts + 1):
        assert await fetch_due_media(now) == 1
        assert len(carrier.requests) == attempt
        due = (await row())["next_attempt_at"]
        if attempt < max_attempts:
            assert due > now
            assert await fetch_due_media(due - timedelta(microseconds=1)) == 0
            now = due
    assert (await row())["state"] == "rejected"
    assert (await row())["reason"] == reason


async def test_media_that_was_not_ready_is_fetched_later(carrier: MediaServer) -> None:
    await receive_media(f"{carrier.url}/ME1")
    await fetch_due_media(NOW)
    carrier.serve("/ME1", content=picture())
    await fetch_due_media((await row())["next_attempt_at"])
    assert (await row())["state"] == "stored"


async def test_many_workers_fetch_each_file_once(carrier: MediaServer) -> None:
    paths = [f"/ME{place}" for place in range(40)]
    await receive_media(*(carrier.serve(path, content=picture(), seconds=0.02) for path in paths))
    while sum(await asyncio.gather(*(fetch_due_media(NOW) for _ in range(4)))):
        pass
    assert sorted(path for path, _ in carrier.requests) == sorted(paths)
    assert await fetch_value("SELECT count(*) FROM attachment WHERE state = 'stored'") == 40


async def test_a_storage_failure_is_retried(
    carrier: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await receive_media(carrier.serve("/ME1", content=picture()))

    async def full(key: str, content: bytes) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(storage, "put", full)
        await fetch_due_media(NOW)
    assert (await row())["state"] == "pending"
    await fetch_due_media((await row())["next_attempt_at"])
    assert (await row())["state"] == "stored"


async def test_a_bug_with_one_file_does_not_stop_the_others(
    carrier: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await receive_media(
        carrier.serve("/ME1", content=picture()), carrier.serve("/ME2", content=picture("PNG"))
    )
    original = storage.put

    async def faulty(key: str, content: bytes) -> None:
        if content == picture():
            raise RuntimeError("a fault")
        await original(key, content)

    monkeypatch.setattr(storage, "put", faulty)
    assert await fetch_due_media(NOW) == 2
    states = [one["state"] for one in await fetch("SELECT state FROM attachment ORDER BY id")]
    assert states == ["pending", "stored"]


async def test_a_worker_that_lost_its_lease_writes_nothing(carrier: MediaServer) -> None:
    await receive_media(carrier.serve("/ME1", content=picture(), seconds=0.4))
    slow = asyncio.create_task(fetch_due_media(NOW))
    await carrier.requested.wait()
    carrier.serve("/ME1", content=b"", status=404)  # another worker, after the lease
    await fetch_due_media(NOW + LEASE)
    await slow
    assert (await row())["state"] == "pending"
    assert (await row())["attempts"] == 2


# A worker process that is killed at a certain step of the sweep.
DYING = """
import asyncio, os, signal
from datetime import datetime
from service_desk import database
from service_desk.attachments import fetching, storage
from service_desk.valkey import valkey_client

original = storage.put

async def put(key, content):
    if os.environ["DIES"] == "after":
        await original(key, content)
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with database.database_pool(os.environ["DATABASE_URL"], size=2), valkey_client():
        storage.put = put
        await fetching.fetch_due_media(datetime.fromisoformat(os.environ["NOW"]))

asyncio.run(main())
"""


@pytest.mark.parametrize("step", ["before", "after"])
async def test_killed_between_fetching_and_storing_it_is_stored_once(
    carrier: MediaServer, step: str
) -> None:
    await receive_media(carrier.serve("/ME1", content=picture()))
    environ = os.environ | {"DIES": step, "NOW": NOW.isoformat()}
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", DYING, env=environ)
    assert await worker.wait() == -signal.SIGKILL
    assert (await row())["state"] == "pending"
    assert await fetch_due_media(NOW) == 0  # its lease holds
    assert await fetch_due_media(NOW + LEASE) == 1
    assert await fetch_due_media(NOW + 2 * LEASE) == 0
    stored = await row()
    assert stored["state"] == "stored"
    folder = Path(get_settings().data_dir) / storage.FOLDER
    stored_files = [
        file for file in folder.rglob(f"{stored['storage_key'][3:]}*") if file.is_file()
    ]
    assert [file.read_bytes() for file in stored_files] == [picture()]
    assert len(carrier.requests) == 2
