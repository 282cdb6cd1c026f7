import pytest

from service_desk.contacts.opt_outs import mark_opted_in, mark_opted_out
from service_desk.database import fetch, fetch_value, transaction
from service_desk.outbox.queue import queue_message
from service_desk.rules.messages.vocabulary import MessageChannel
from tests.factories import NOW, PHONE, make_ticket


async def queue(channel: MessageChannel = "sms", recipient: str = PHONE, subject: str = "") -> int:
    async with transaction():
        return await queue_message(
            channel=channel,
            recipient=recipient,
            subject=subject,
            body="hello",
            purpose="reply",
            now=NOW,
        )


async def test_a_queued_message_is_due_at_once(desk: str) -> None:
    await queue()
    row = (await fetch("SELECT state, next_attempt_at, created_at, attempts FROM outbox"))[0]
    assert tuple(row) == ("queued", NOW, NOW, 0)


async def test_it_is_rolled_back_with_its_transaction(desk: str) -> None:
    async def queue_and_fail() -> None:
        async with transaction():
            await queue()
            raise LookupError

    with pytest.raises(LookupError):
        await queue_and_fail()
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


async def test_a_transaction_is_required(desk: str) -> None:
    with pytest.raises(AssertionError):
        await queue_message(channel="sms", recipient=PHONE, body="x", purpose="reply", now=NOW)


async def test_opted_out_customers_get_mail_but_no_sms(desk: str) -> None:
    await make_ticket()
    assert await mark_opted_out(PHONE, now=NOW)
    await queue()
    await queue("email", "ann@example.com")
    await queue("sms", "+8613800138009")
    states = [row["state"] for row in await fetch("SELECT state FROM outbox ORDER BY id")]
    assert states == ["suppressed", "queued", "queued"]
    assert await mark_opted_in(PHONE, now=NOW)
    await queue()
    assert await fetch_value("SELECT state FROM outbox ORDER BY id DESC LIMIT 1") == "queued"


async def test_a_number_without_a_customer_cannot_be_marked(desk: str) -> None:
    assert not await mark_opted_out("+8613800138009", now=NOW)
    assert not await mark_opted_in("+8613800138009", now=NOW)


async def test_a_subject_is_one_line(desk: str) -> None:
    await queue("email", "ann@example.com", "a\r\nBcc: x@y.z\n" + "x" * 300)
    subject = await fetch_value("SELECT subject FROM outbox")
    assert subject.startswith("a Bcc: x@y.z x")
    assert len(subject) == 200
