"""What is deleted after a while, and what is kept."""

from datetime import timedelta

from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch
from service_desk.imports.operations import enqueue_import, fail_run
from service_desk.imports.queries import get_import
from service_desk.operating.housekeeping import delete_expired
from tests.browsing import sign_in
from tests.caller import Call
from tests.imports.source_files import csv_of, mapping
from tests.twilio_side import text_desk


async def test_receipts_are_deleted_but_no_text_of_a_customer(client: AsyncClient) -> None:
    for body in ("Thanks!", "STATUS", "", "The washer is broken"):
        await text_desk(client, body)
    call = Call(client)
    await call.dial()
    await call.hang_up()
    now = wall_clock.now()
    await delete_expired(now + timedelta(days=29))
    assert len(await fetch("SELECT FROM inbound_receipt")) == 5
    await delete_expired(now + timedelta(days=31))
    left = await fetch("SELECT body FROM inbound_receipt ORDER BY at")
    assert [row["body"] for row in left] == ["Thanks!", "STATUS"]
    messages = await fetch("SELECT body FROM message WHERE direction = 'in' ORDER BY id")
    assert [row["body"] for row in messages] == ["", "The washer is broken"]


async def test_the_file_of_a_failed_import_is_deleted(desk: str) -> None:
    now = wall_clock.now()
    run = await enqueue_import("old.csv", csv_of(), mapping(), staff_id=None, now=now)
    await fail_run(run, RuntimeError(), now=now, keep_file=True)
    await delete_expired(now + timedelta(days=29))
    assert (await get_import(run, limit=1, after=0)).can_be_retried
    await delete_expired(now + timedelta(days=31))
    assert not (await get_import(run, limit=1, after=0)).can_be_retried


async def test_the_demos_clock_signs_nobody_out(client: AsyncClient) -> None:
    await sign_in(client)
    await delete_expired(wall_clock.now() + timedelta(days=400))
    assert (await client.get("/queue")).status_code == 200
