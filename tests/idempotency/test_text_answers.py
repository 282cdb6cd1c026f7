"""What texts are answered is kept with the message, the outbox and the receipt, in one go."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from asyncpg import UniqueViolationError

from service_desk.database import DB, fetch, fetch_value, transaction
from service_desk.idempotency.text_answers import (
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


def answer(key: str, **fields: Any) -> StoredReply:
    return StoredReply(
        **{"key": key, "sender": PHONE, "body": "broken", "channel": "sms", "at": NOW}
        | {"answer": f"<a>{OUTBOX_ID}</a>", "silence": "<>", "said": "we have it"}
        | fields
    )


async def test_an_answer_is_kept_sent_and_in_the_conversation(desk: str) -> None:
    ticket = await make_ticket()
    kept = await store_replies([answer("sms:1", ticket=ticket.id), answer("sms:2", sender=OTHER)])
    sent = await fetch("SELECT * FROM outbox ORDER BY id")
    assert kept == {f"sms:{place}": f"<a>{row['id']}</a>" for place, row in enumerate(sent, 1)}
    assert await stored_replies(["sms:1", "sms:2", "sms:3"]) == kept
    assert [row["recipient"] for row in sent] == [PHONE, OTHER]
    assert {row["state"] for row in sent} == {"sent"}
    said = await fetch("SELECT * FROM message WHERE direction = 'out'")
    assert [(row["id"], row["ticket"], row["body"]) for row in said] == [
        (sent[0]["message"], ticket.id, "we have it")
    ]
    assert sent[1]["message"] is None


async def test_who_opted_out_is_answered_silence_unless_they_asked(desk: str) -> None:
    ticket = await make_ticket()
    await fetch("UPDATE customer SET opted_out_at = $1", NOW)
    kept = await store_replies(
        [answer("sms:1", ticket=ticket.id), answer("sms:2", ticket=ticket.id, compulsory=True)]
    )
    assert kept["sms:1"] == "<>"
    assert kept["sms:2"] != "<>"
    states = await fetch("SELECT state, attempts FROM outbox ORDER BY id")
    assert [tuple(row) for row in states] == [("suppressed", 0), ("sent", 1)]


async def test_what_says_nothing_is_only_remembered(desk: str) -> None:
    assert await store_replies([answer("sms:1", answer="<>", said=None)]) == {"sms:1": "<>"}
    assert await store_replies([]) == {}
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


async def test_one_sender_waits_for_their_turn_and_others_do_not(desk: str) -> None:
    done: list[str] = []

    async def take(name: str, *senders: str) -> None:
        DB.current_transaction.set(None)  # a task inherits the context it was made in
        async with transaction():
            await lock_contacts(senders)
            done.append(name)

    async with transaction():
        await lock_contacts([PHONE])
        same = asyncio.create_task(take("same", OTHER, PHONE))
        other = asyncio.create_task(take("other", "+1"))
        async with asyncio.timeout(5):
            await other
        assert done == ["other"]
        done.append("first")
    async with asyncio.timeout(5):
        await same
    assert done == ["other", "first", "same"]


async def test_turns_taken_crosswise_do_not_block_each_other(desk: str) -> None:
    async def take(*senders: str) -> None:
        async with transaction():
            await lock_contacts(senders)
            await asyncio.sleep(0.001)

    people = [f"+861380000000{digit}" for digit in range(8)]
    async with asyncio.timeout(10):
        await asyncio.gather(*(take(*people[at:], *people[:at]) for at in range(8)))


async def test_one_key_is_answered_once(desk: str) -> None:
    with pytest.raises(UniqueViolationError):
        await store_replies([answer("sms:1"), answer("sms:1")])
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


async def test_so_many_answers_an_hour_and_no_more(desk: str) -> None:
    def words(place: int, minutes: float = 0) -> StoredReply:
        at = NOW + timedelta(minutes=minutes)
        return answer(f"sms:{place}", body=f"part {place}", at=at)

    for place in range(MAX_REPLIES_AN_HOUR):
        assert (await store_replies([words(place)]))[f"sms:{place}"] != "<>"
    assert await store_replies([words(1000, 59)]) == {"sms:1000": "<>"}
    other = answer("sms:1001", sender=OTHER, at=NOW)
    assert (await store_replies([other]))["sms:1001"] != "<>"
    assert (await store_replies([words(1002, 61)]))["sms:1002"] != "<>"


async def test_the_same_words_are_answered_so_often_unless_they_are_a_command(desk: str) -> None:
    kept = [
        await store_replies([answer(f"sms:{place}")])
        for place in range(MAX_SAME_REPLIES_AN_HOUR + 1)
    ]
    assert ["<>" in one.values() for one in kept] == [False] * MAX_SAME_REPLIES_AN_HOUR + [True]
    assert (await store_replies([answer("sms:80", often=True)]))["sms:80"] != "<>"
    assert (await store_replies([answer("whatsapp:9", channel="whatsapp")]))["whatsapp:9"] != "<>"
    assert await fetch_value("SELECT count(*) FROM outbox") == MAX_SAME_REPLIES_AN_HOUR + 2
