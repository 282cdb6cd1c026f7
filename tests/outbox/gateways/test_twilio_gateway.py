import base64
import socket
from collections.abc import AsyncGenerator

import pytest
from msgspec.structs import replace

from service_desk.i18n.delivery_errors import WRONG_SETTINGS
from service_desk.outbox.gateways import twilio_gateway
from service_desk.outbox.gateways.gateway import Outgoing
from service_desk.outbox.gateways.twilio_gateway import TwilioGateway
from service_desk.settings import Settings
from tests.outbox.servers import Answer, FakeTwilio, fake_twilio

SETTINGS = Settings(
    twilio_account_sid="AC1",
    twilio_auth_token="secret",
    twilio_from="+15005550006",
    public_url="https://desk.test",
)
HELLO = Outgoing(
    id=7, channel="sms", recipient="+8613800138000", subject="", body="你好 & bye", attempt=1
)


@pytest.fixture
async def twilio() -> AsyncGenerator[FakeTwilio]:
    async with fake_twilio() as twilio:
        yield twilio


@pytest.fixture
async def gateway(twilio: FakeTwilio) -> AsyncGenerator[TwilioGateway]:
    gateway = TwilioGateway(replace(SETTINGS, twilio_api_base=twilio.url))
    yield gateway
    await gateway.close()


async def test_the_request(gateway: TwilioGateway, twilio: FakeTwilio) -> None:
    outcome = await gateway.send(HELLO)
    assert (outcome.kind, outcome.provider_id) == ("sent", "SM" + "0" * 31 + "1")
    path, headers, parameters = twilio.requests[0]
    assert path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert headers["authorization"] == "Basic " + base64.b64encode(b"AC1:secret").decode()
    assert parameters == {
        "To": "+8613800138000",
        "From": "+15005550006",
        "Body": "你好 & bye",
        "StatusCallback": "https://desk.test/webhooks/twilio/sms-status?outbox=7",
    }


async def test_messenger_has_a_sender_of_its_own(twilio: FakeTwilio) -> None:
    asked = replace(HELLO, recipient="messenger:1234")
    for page in ("5678", "messenger:5678", ""):
        settings = replace(SETTINGS, twilio_api_base=twilio.url, twilio_messenger_from=page)
        gateway = TwilioGateway(settings)
        outcome = await gateway.send(asked)
        await gateway.close()
    assert [(sent["From"], sent["To"]) for sent in twilio.sent] == [
        ("messenger:5678", "messenger:1234")
    ] * 2
    assert (outcome.kind, outcome.error) == (
        "retry",
        "Wrong settings: TWILIO_MESSENGER_FROM is not set.",
    )


async def test_a_messaging_service_is_preferred_to_a_number(twilio: FakeTwilio) -> None:
    settings = replace(
        SETTINGS, twilio_api_base=twilio.url + "/", twilio_messaging_service_sid="MG1"
    )
    gateway = TwilioGateway(settings)
    await gateway.send(HELLO)
    await gateway.close()
    assert twilio.sent[0]["MessagingServiceSid"] == "MG1"
    assert "From" not in twilio.sent[0]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(400, '{"code": 21211, "message": "bad To", "status": 400}'), "rejected"),
        (Answer(400, "<html>"), "rejected"),
        (Answer(408, ""), "retry"),
        (Answer(429, '{"code": 20429, "message": "slow down", "status": 429}'), "retry"),
        (Answer(500, "<html>"), "retry"),
        (Answer(503, '{"title": "t", "type": "u", "status": 503, "code": 1}'), "retry"),
        (Answer(201, "not json"), "unknown"),
        (Answer(201, "[]"), "unknown"),
        (Answer(0), "unknown"),
    ],
)
async def test_responses(
    gateway: TwilioGateway, twilio: FakeTwilio, answer: Answer, kind: str
) -> None:
    twilio.answers.append(answer)
    outcome = await gateway.send(HELLO)
    assert outcome.kind == kind
    assert outcome.error
    assert not outcome.opted_out
    assert len(twilio.requests) == 1
    assert "secret" not in outcome.error


@pytest.mark.parametrize(
    ("answer", "setting"),
    [
        (Answer(401, '{"code": 20003, "message": "no", "status": 401}'), "TWILIO_ACCOUNT_SID"),
        (Answer(403, '{"code": 20003, "message": "no", "status": 403}'), "TWILIO_ACCOUNT_SID"),
        (Answer(301, ""), "TWILIO_API_BASE"),
        (Answer(302, ""), "TWILIO_API_BASE"),
        (Answer(404, "<html>"), "TWILIO_API_BASE"),
    ],
)
async def test_wrong_settings_are_retried(
    gateway: TwilioGateway, twilio: FakeTwilio, answer: Answer, setting: str
) -> None:
    twilio.answers.append(answer)
    outcome = await gateway.send(HELLO)
    assert outcome.kind == "retry"
    assert outcome.error is not None
    assert outcome.error.startswith(f"{WRONG_SETTINGS} {setting}")
    assert "secret" not in outcome.error


@pytest.mark.parametrize("body", ["{}", '{"sid": null}', '{"sid": ""}'])
async def test_accepted_without_an_id_is_sent(
    gateway: TwilioGateway, twilio: FakeTwilio, body: str
) -> None:
    """201 means created: asking a person, or sending it again, would be wrong."""
    twilio.answers.append(Answer(201, body))
    outcome = await gateway.send(HELLO)
    assert (outcome.kind, outcome.provider_id) == ("sent", None)
    assert "id" in (outcome.error or "")


async def test_an_opt_out_is_reported(gateway: TwilioGateway, twilio: FakeTwilio) -> None:
    twilio.answers.append(Answer(400, '{"code": 21610, "message": "stopped", "status": 400}'))
    outcome = await gateway.send(HELLO)
    assert (outcome.kind, outcome.opted_out) == ("rejected", True)


async def test_no_response_is_unknown(twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_gateway, "TOTAL_SECONDS", 0.2)
    gateway = TwilioGateway(replace(SETTINGS, twilio_api_base=twilio.url))
    twilio.answers.append(Answer(seconds=1))
    outcome = await gateway.send(HELLO)
    await gateway.close()
    assert outcome.kind == "unknown"
    assert len(twilio.requests) == 1


async def test_a_closed_port_is_retried() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, but not listening
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        gateway = TwilioGateway(replace(SETTINGS, twilio_api_base=url))
        assert (await gateway.send(HELLO)).kind == "retry"
        await gateway.close()


async def test_an_unresolvable_host_is_retried() -> None:
    gateway = TwilioGateway(replace(SETTINGS, twilio_api_base="http://nowhere.invalid"))
    assert (await gateway.send(HELLO)).kind == "retry"
    await gateway.close()


async def test_a_connect_timeout_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_gateway, "CONNECT_SECONDS", 0.1)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        waiting = [socket.socket() for _ in range(3)]  # they fill the backlog
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        gateway = TwilioGateway(replace(SETTINGS, twilio_api_base=url))
        outcome = await gateway.send(HELLO)
        await gateway.close()
        for client in waiting:
            client.close()
    assert outcome.kind == "retry", outcome
