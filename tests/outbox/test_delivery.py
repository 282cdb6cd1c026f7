import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from service_desk.contacts.opt_outs import mark_opted_out
from service_desk.database import fetch, fetch_value
from service_desk.operating import checks
from service_desk.outbox import delivery
from service_desk.outbox.delivery import (
    FIRST_DELAY,
    LEASE,
    MAX_ATTEMPTS,
    MAX_DELAY,
    deliver_due,
    retry_delay,
)
from service_desk.outbox.delivery_reports import record_delivery_report
from service_desk.outbox.gateways import smtp_gateway, twilio_gateway
from service_desk.outbox.gateways.channels import current_gateways, open_gateways
from service_desk.outbox.statements import CLAIM
from service_desk.settings import Settings
from tests.factories import NOW, PHONE, make_ticket
from tests.outbox.delivering import (
    OPTED_OUT,
    SLOW_DOWN,
    by_twilio,
    longest_send,
    queue,
    rows,
    states,
)
from tests.outbox.servers import (
    Answer,
    FakeTwilio,
    Mailbox,
    fake_twilio,
    mail_server,
    silent_server,
)


async def test_due_messages_are_sent_once(twilio: FakeTwilio) -> None:
    await queue(3)
    assert await deliver_due(NOW) == 3
    assert await deliver_due(NOW) == 0
    assert sorted(sent["Body"] for sent in twilio.sent) == ["0", "1", "2"]
    assert {(state, attempts) for state, attempts, _ in await rows()} == {("sent", 1)}
    assert len({sid for *_, sid in await rows()}) == 3
    assert await fetch_value("SELECT sent_at FROM outbox LIMIT 1") == NOW


async def test_messages_that_are_not_due_wait(twilio: FakeTwilio) -> None:
    await queue()
    assert await deliver_due(NOW - timedelta(seconds=1)) == 0
    assert twilio.sent == []


async def test_many_workers_send_each_message_once(twilio: FakeTwilio) -> None:
    await queue(100)
    twilio.answers = [Answer(seconds=0.01) for _ in range(100)]
    while sum(await asyncio.gather(*(deliver_due(NOW) for _ in range(4)))):
        pass
    assert sorted(int(sent["Body"]) for sent in twilio.sent) == list(range(100))
    assert set(await states()) == {"sent"}


async def test_retries_with_growing_delays_until_the_attempts_run_out(twilio: FakeTwilio) -> None:
    await queue()
    now = NOW
    for attempt in range(1, MAX_ATTEMPTS):
        twilio.answers = [SLOW_DOWN if attempt % 2 else Answer(500, "<html>")]
        assert await deliver_due(now) == 1
        assert await states() == ["queued"]
        due = await fetch_value("SELECT next_attempt_at FROM outbox")
        assert now < due <= now + MAX_DELAY
        assert await deliver_due(due - timedelta(microseconds=1)) == 0
        now = due
    twilio.answers = [SLOW_DOWN]
    await deliver_due(now)
    assert await states() == ["failed"]
    assert "slow down" in await fetch_value("SELECT error FROM outbox")
    assert len(twilio.requests) == MAX_ATTEMPTS


async def test_rejected_credentials_fail_no_message(twilio: FakeTwilio) -> None:
    await queue()
    twilio.answers = [Answer(401, '{"code": 20003, "message": "Authenticate", "status": 401}')]
    await deliver_due(NOW)
    assert await states() == ["queued"]
    finding = await checks.check_outbox()
    assert finding.verdict == "wrong"
    assert "TWILIO_ACCOUNT_SID" in finding.detail
    await deliver_due(NOW + FIRST_DELAY)  # the settings were fixed meanwhile
    assert await states() == ["sent"]
    assert (await checks.check_outbox()).verdict == "ok"


async def test_a_message_accepted_without_an_id_is_matched_by_its_report(
    twilio: FakeTwilio,
) -> None:
    await queue()
    twilio.answers = [Answer(201, "{}")]
    await deliver_due(NOW)
    assert await states() == ["sent"]
    assert "id" in await fetch_value("SELECT error FROM outbox")
    id_ = await fetch_value("SELECT id FROM outbox")
    assert await record_delivery_report("SM1", "delivered", outbox=id_, error_code=None, now=NOW)
    assert await rows() == [("delivered", 1, "SM1")]
    assert await fetch_value("SELECT error FROM outbox") is None


async def test_a_rejected_message_is_not_retried(twilio: FakeTwilio) -> None:
    await queue()
    twilio.answers = [Answer(400, '{"code": 21211, "message": "bad To", "status": 400}')]
    await deliver_due(NOW)
    assert await states() == ["failed"]
    assert await deliver_due(NOW + timedelta(days=1)) == 0


async def test_an_opt_out_with_the_carrier_is_recorded(twilio: FakeTwilio) -> None:
    await make_ticket()
    await queue()
    twilio.answers = [OPTED_OUT]
    await deliver_due(NOW)
    assert await states() == ["failed"]
    assert await fetch_value("SELECT opted_out_at FROM customer") == NOW
    await queue()
    assert await states() == ["failed", "suppressed"]
    assert await deliver_due(NOW) == 0


async def test_no_response_is_unknown_and_never_repeated(
    twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue()
    twilio.answers = [Answer(0)]
    await deliver_due(NOW)
    assert await states() == ["unknown"]
    assert await deliver_due(NOW + timedelta(days=30)) == 0
    assert len(twilio.requests) == 1


async def test_a_worker_killed_while_sending_leaves_the_outcome_unknown(twilio: FakeTwilio) -> None:
    await queue()
    twilio.answers = [Answer(seconds=5)]
    worker = asyncio.create_task(deliver_due(NOW))
    await twilio.requested.wait()
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    assert await states() == ["sending"]
    assert await deliver_due(NOW + LEASE) == 0
    assert await deliver_due(NOW + LEASE + timedelta(seconds=1)) == 1
    assert await states() == ["unknown"]
    assert await deliver_due(NOW + timedelta(days=1)) == 0
    assert len(twilio.requests) == 1


async def test_the_intent_is_committed_before_the_network_is_used(
    twilio: FakeTwilio,
) -> None:
    await queue()
    twilio.answers = [Answer(seconds=0.3)]
    worker = asyncio.create_task(deliver_due(NOW))
    await twilio.requested.wait()
    assert await states() == ["sending"]
    await worker
    assert await states() == ["sent"]


async def test_a_late_response_replaces_an_unknown_outcome(twilio: FakeTwilio) -> None:
    await queue()
    twilio.answers = [Answer(seconds=0.3)]
    worker = asyncio.create_task(deliver_due(NOW))
    await twilio.requested.wait()
    await deliver_due(NOW + timedelta(hours=3))  # the demo's clock was moved meanwhile
    assert await states() == ["unknown"]
    await worker
    assert await states() == ["sent"]


async def test_a_callback_faster_than_the_response_keeps_its_state(twilio: FakeTwilio) -> None:
    await queue()
    twilio.answers = [Answer(seconds=0.3)]
    worker = asyncio.create_task(deliver_due(NOW))
    await twilio.requested.wait()
    id_ = await fetch_value("SELECT id FROM outbox")
    sid = f"SM{1:032x}"
    assert await record_delivery_report(sid, "delivered", outbox=id_, error_code=None, now=NOW)
    await worker
    assert await rows() == [("delivered", 1, sid)]


async def test_a_bug_with_one_message_does_not_stop_the_others(
    twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue(2)
    original = twilio_gateway.TwilioGateway.send

    async def faulty(self: Any, outgoing: Any) -> Any:
        if outgoing.body == "0":
            raise RuntimeError("a fault")
        return await original(self, outgoing)

    monkeypatch.setattr(twilio_gateway.TwilioGateway, "send", faulty)
    assert await deliver_due(NOW) == 2
    assert await states() == ["unknown", "sent"]


async def test_the_handset_receives_sms_and_mail(handset: None) -> None:
    await queue(2)
    await queue(1, "email", "ann@example.com")
    assert await deliver_due(NOW) == 3
    assert await states() == ["sent"] * 3
    assert await deliver_due(NOW) == 0


async def test_suppressed_messages_stay_suppressed(handset: None) -> None:
    await make_ticket()
    await mark_opted_out(PHONE, now=NOW)
    await queue()
    assert await deliver_due(NOW) == 0
    assert await states() == ["suppressed"]


async def test_mail_goes_to_the_mail_server(desk: str) -> None:
    async with mail_server() as mailbox:
        await _mail(mailbox)


async def _mail(mailbox: Mailbox) -> None:
    async with open_gateways(Settings(smtp_url=mailbox.url)):
        await queue(1, "email", "ann@example.com")
        assert await deliver_due(NOW) == 1
    assert [mail["To"] for mail in mailbox.received] == ["ann@example.com"]
    assert await states() == ["sent"]


def test_delays_double_up_to_an_hour_with_jitter() -> None:
    for attempt in range(1, 20):
        delay = min(FIRST_DELAY * 2 ** (attempt - 1), MAX_DELAY)
        delays = [retry_delay(attempt) for _ in range(50)]
        assert all(delay / 2 <= one <= delay for one in delays)
        assert len(set(delays)) > 1


async def test_channels_do_not_wait_for_each_other(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a batch of mails for a mail server that never responds."""
    monkeypatch.setattr(delivery, "PATIENCE", 60)
    async with fake_twilio() as twilio, silent_server() as port:
        settings = by_twilio(twilio, smtp_url=f"smtp://127.0.0.1:{port}?from=desk@desk.test")
        async with open_gateways(settings):
            await queue(60, "email", "ann@example.com")
            mails = asyncio.create_task(deliver_due(NOW, ["email"]))
            await queue(1)
            async with asyncio.timeout(5):
                assert await deliver_due(NOW, ["sms"]) == 1
            assert not mails.done()
            mails.cancel()
            await asyncio.gather(mails, return_exceptions=True)
    assert await fetch_value("SELECT state FROM outbox WHERE channel = 'sms'") == "sent"


async def test_a_silent_mail_server_leaves_no_unknown_outcomes(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_gateway, "BEFORE_DATA_SECONDS", 0.2)
    async with silent_server() as port:
        settings = Settings(smtp_url=f"smtp://127.0.0.1:{port}?from=desk@desk.test")
        async with open_gateways(settings):
            await queue(30, "email", "ann@example.com")
            assert await deliver_due(NOW, ["email"]) == 30
    assert set(await states()) == {"queued"}


def test_a_lease_outlasts_every_timeout() -> None:
    assert delivery.LEASE.total_seconds() > 1.5 * longest_send()


async def test_a_call_that_hangs_holds_up_nothing_else(
    twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PATIENCE", 0.05)
    twilio.answers = [Answer(seconds=1)]
    await queue()
    assert await deliver_due(NOW) == 1
    assert await states() == ["sending"]
    await queue()
    assert await deliver_due(NOW) == 1
    assert await states() == ["sending", "sent"]
    await asyncio.gather(*current_gateways().in_flight)
    assert await states() == ["sent", "sent"]


async def test_webhooks_of_one_ticket_arrive_in_order(desk: str) -> None:
    """Whatever waits for a retry holds back what came after it; other tickets go on."""
    subscription = await fetch_value(
        "INSERT INTO webhook_subscription (url, events, secret, created_at) "
        "VALUES ('https://program.example', '{message.sent}', 's', $1) RETURNING id",
        NOW,
    )
    for ticket in [await make_ticket(), await make_ticket()]:
        for event in range(2):
            await fetch(
                "INSERT INTO outbox (channel, recipient, subject, body, ticket, subscription, "
                "purpose, state, attempts, next_attempt_at, created_at) VALUES ('webhook', 'u', "
                "'', $4, $1, $2, 'message.sent', 'queued', 0, $3, $3)",
                ticket.id,
                subscription,
                NOW,
                f"{ticket.id}: {event}",
            )

    async def claimed(now: datetime) -> list[str]:
        found = await fetch(CLAIM, now, now, "webhook", 50, None)
        return sorted(row["body"] for row in found)

    first, second = await fetch("SELECT min(id) AS id FROM outbox GROUP BY ticket ORDER BY 1")
    assert await claimed(NOW) == ["1: 0", "2: 0"]
    assert await claimed(NOW) == []
    await fetch("UPDATE outbox SET state = 'sent' WHERE id = $1", first["id"])
    later = NOW + timedelta(hours=1)
    await fetch(
        "UPDATE outbox SET state = 'queued', next_attempt_at = $2 WHERE id = $1",
        second["id"],
        later,
    )
    assert await claimed(NOW) == ["1: 1"]
    assert await claimed(later) == ["2: 0"]
    await fetch("UPDATE outbox SET state = 'failed' WHERE id = $1", second["id"])
    assert await claimed(later) == ["2: 1"]
