"""What requests the world sends, and what bad days do."""

import errno

import asyncpg
import pytest
from httpx import AsyncClient

from service_desk.database import fetch_value
from service_desk.errors import Unavailable
from service_desk.http.causes import is_database_unavailable, is_disk_full, is_undecodable_body

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        '{"kind": "complaint", "subject": "空调"}'.encode("gbk"),
        '{"kind": "complaint", "subject": "café"}'.encode("latin-1"),
        '{"kind": "complaint"}'.encode("utf-16"),
        b"[" * 3000,
        b'{"customer":' * 3000,
        b"",
        b"null",
        b'{"kind": "complaint", "subject": "\\ud800"}',
    ],
)
async def test_a_body_that_is_no_json_is_refused_in_words(api: AsyncClient, body: bytes) -> None:
    answer = await api.post("/tickets", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(".")
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


@pytest.mark.parametrize("mapping", [b'source = "caf\xe9"', b"[" * 3000])
async def test_a_form_field_that_cannot_be_read_is_refused(
    api: AsyncClient, mapping: bytes
) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="mapping"\r\n\r\n%b\r\n--b--' % mapping
    answer = await api.post(
        "/imports", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 400


def test_a_text_of_ours_that_cannot_be_decoded_is_our_error() -> None:
    with pytest.raises(UnicodeDecodeError) as raised:
        b"\xff".decode()
    assert not is_undecodable_body(raised.value)


def test_a_full_disk_is_told_from_a_database_gone() -> None:
    assert is_disk_full(asyncpg.DiskFullError("no space left"))
    assert is_disk_full(OSError(errno.ENOSPC, "No space left on device"))
    assert not is_disk_full(ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
    assert is_database_unavailable(ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
    assert Unavailable.status == 503
