"""A reply to a text is stored with its message, outbox row and receipt in one statement."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from asyncpg import UniqueViolationError
from msgspec.structs import replace

from service_desk.database import DB, fetch, fetch_value, transaction
from service_desk.idempotency.text_replies import (
    MAX_REPLIES_AN_HOUR,
    MAX_SAME_REPLIES_AN_HOUR,
    OUTBOX_ID,
    StoredReply,
    lock_contacts,
    store_replies,
    stored_replies,
)
from tests.factories import NOW, PHONE, make_ticket

OTHER = "+8613900139000"


def reply(key: str, **fields: Any) -> StoredReply:
    twiml = f"<a>{OUTBOX_ID}</a>"
    usual = StoredReply(key, PHONE, "broken", "sms", NOW, twiml, "<>", reply="we have it")
    return replace(usual, **fields)


async def test_a_reply_has_an_outbox_row_and_a_message_on_its_ticket(desk: str) -> None:
    ticket = await make_ticket()
    stored = await store_replies([reply("sms:1", ticket=ticket.id), reply("sms:2", contact=OTHER)])
    sent = await fetch("SELECT * FROM outbox ORDER BY id")
    assert stored == {f"sms:{place}": f"<a>{row['id']}</a>" for place, row in enumerate(sent, 1)}
    assert await stored_replies(["sms:1", "sms:2", "sms:3"]) == stored
    assert [row["recipient"] for row in sent] == [PHONE, OTHER]
    assert {row["state"] for row in sent} == {"sent"}
    messages = await fetch("SELECT * FROM message WHERE direction = 'out'")
    assert [(row["id"], row["ticket"], row["body"]) for row in messages] == [
        (sent[0]["message"], ticket.id, "we have it")
    ]
    assert sent[1]["message"] is None


async def test_an_opted_out_contact_gets_only_compulsory_replies(desk: str) -> None:
    ticket = await make_ticket()
    await fetch("UPDATE customer SET opted_out_at = $1", NOW)
    stored = await store_replies(
        [reply("sms:1", ticket=ticket.id), reply("sms:2", ticket=ticket.id, compulsory=True)]
    )
    assert stored["sms:1"] == "<>"
    assert stored["sms:2"] != "<>"
    states = await fetch("SELECT state, attempts FROM outbox ORDER BY id")
    assert [tuple(row) for row in states] == [("suppressed", 0), ("sent", 1)]


async def test_an_empty_reply_leaves_only_a_receipt(desk: str) -> None:
    assert await store_replies([reply("sms:1", twiml="<>", reply=None)]) == {"sms:1": "<>"}
    assert await store_replies([]) == {}
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


async def test_a_contact_waits_for_its_lock_and_others_do_not(desk: str) -> None:
    done: list[str] = []

    async def lock(name: str, *contacts: str) -> None:
        DB.current_transaction.set(None)  # a task inherits its creator's context
        async with transaction():
            await lock_contacts(contacts)
            done.append(name)

    async with transaction():
        await lock_contacts([PHONE])
        same = asyncio.create_task(lock("same", OTHER, PHONE))
        other = asyncio.create_task(lock("other", "+1"))
        async with asyncio.timeout(5):
            await other
        assert done == ["other"]
        done.append("first")
    async with asyncio.timeout(5):
        await same
    assert done == ["other", "first", "same"]


async def test_locks_in_any_order_do_not_deadlock(desk: str) -> None:
    async def lock(*contacts: str) -> None:
        async with transaction():
            await lock_contacts(contacts)
            await asyncio.sleep(0.001)

    people = [f"+861380000000{digit}" for digit in range(8)]
    async with asyncio.timeout(10):
        await asyncio.gather(*(lock(*people[at:], *people[:at]) for at in range(8)))


async def test_a_key_is_stored_once(desk: str) -> None:
    with pytest.raises(UniqueViolationError):
        await store_replies([reply("sms:1"), reply("sms:1")])
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


async def test_replies_to_a_contact_are_limited_per_hour(desk: str) -> None:
    def part(place: int, minutes: float = 0) -> StoredReply:
        at = NOW + timedelta(minutes=minutes)
        return reply(f"sms:{place}", body=f"part {place}", at=at)

    for place in range(MAX_REPLIES_AN_HOUR):
        assert (await store_replies([part(place)]))[f"sms:{place}"] != "<>"
    assert await store_replies([part(1000, 59)]) == {"sms:1000": "<>"}
    other = reply("sms:1001", contact=OTHER, at=NOW)
    assert (await store_replies([other]))["sms:1001"] != "<>"
    assert (await store_replies([part(1002, 61)]))["sms:1002"] != "<>"


async def test_replies_to_the_same_text_are_limited_unless_repeatable(desk: str) -> None:
    stored = [
        await store_replies([reply(f"sms:{place}")])
        for place in range(MAX_SAME_REPLIES_AN_HOUR + 1)
    ]
    assert ["<>" in one.values() for one in stored] == [False] * MAX_SAME_REPLIES_AN_HOUR + [True]
    assert (await store_replies([reply("sms:80", repeatable=True)]))["sms:80"] != "<>"
    assert (await store_replies([reply("whatsapp:9", channel="whatsapp")]))["whatsapp:9"] != "<>"
    assert await fetch_value("SELECT count(*) FROM outbox") == MAX_SAME_REPLIES_AN_HOUR + 2
