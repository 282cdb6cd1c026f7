import asyncio
import socket
from collections.abc import AsyncGenerator

import pytest
from msgspec.structs import replace

from service_desk.i18n.delivery_errors import WRONG_SETTINGS
from service_desk.outbox import smtp_gateway
from service_desk.outbox.gateway import Outgoing
from service_desk.outbox.smtp_gateway import SmtpAddress, SmtpGateway, parse_smtp_url
from service_desk.settings import SettingsError
from tests.outbox.servers import Mailbox, mail_server, scripted_mail_server

HELLO = Outgoing(
    id=7,
    channel="email",
    recipient="ann@example.com",
    subject="您的工单 100014",
    body="第一行\n" + "很长的一行" * 300,
    attempt=1,
)


@pytest.fixture
async def mailbox() -> AsyncGenerator[Mailbox]:
    async with mail_server() as mailbox:
        yield mailbox


async def test_a_mail_arrives_as_written(mailbox: Mailbox) -> None:
    outcome = await SmtpGateway(mailbox.url).send(HELLO)
    assert outcome.kind == "sent", outcome
    mail = mailbox.received[0]
    assert mailbox.recipients == ["ann@example.com"]
    assert mail["Subject"] == HELLO.subject
    assert mail["From"] == "desk@desk.test"
    assert mail["To"] == HELLO.recipient
    assert mail["Message-ID"] == outcome.provider_id == "<outbox-7@desk.test>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == HELLO.body


@pytest.mark.parametrize(
    ("step", "reply", "kind"),
    [
        ("RCPT", "550 no such user", "rejected"),
        ("RCPT", "450 come back later", "retry"),
        ("DATA", "554 no spam here", "rejected"),
        ("DATA", "451 disk is full", "retry"),
    ],
)
async def test_replies_of_the_server(mailbox: Mailbox, step: str, reply: str, kind: str) -> None:
    mailbox.replies[step] = reply
    outcome = await SmtpGateway(mailbox.url).send(HELLO)
    assert outcome.kind == kind
    assert reply[4:] in (outcome.error or "")


async def test_a_connection_lost_after_the_text_is_unknown(mailbox: Mailbox) -> None:
    mailbox.drops_after_data = True
    outcome = await SmtpGateway(mailbox.url).send(HELLO)
    assert outcome.kind == "unknown"
    assert len(mailbox.received) == 1


OK = (0.0, "250 OK")
GREETED = [(0.0, "220 mail.test"), OK, OK, OK]  # EHLO, MAIL, RCPT
STARTED = [*GREETED, (0.0, "354 go on")]


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ([(9.0, "")], "retry"),
        (
            [(0.1, "220 mail.test"), *[(0.1, "250 OK")] * 9],
            "retry",
        ),  # each step is fast
        ([*GREETED, (9.0, "")], "retry"),
        ([*GREETED, (0.0, "")], "retry"),
        ([*GREETED, (0.0, "451 not now")], "retry"),
        ([*GREETED, (0.0, "554 never")], "rejected"),
        ([*STARTED, (9.0, "")], "unknown"),
        ([*STARTED, (0.0, "")], "unknown"),
        ([*STARTED, (0.0, "nonsense")], "unknown"),
        ([*STARTED, (0.0, "421 going down")], "retry"),
        ([*STARTED, (0.0, "250 taken"), (9.0, "")], "sent"),  # no reply to QUIT
    ],
)
async def test_what_fails_before_the_text_is_sent_is_retried(
    monkeypatch: pytest.MonkeyPatch, script: list[tuple[float, str]], kind: str
) -> None:
    monkeypatch.setattr(smtp_gateway, "BEFORE_DATA_SECONDS", 0.25)
    monkeypatch.setattr(smtp_gateway, "AFTER_DATA_SECONDS", 0.25)
    monkeypatch.setattr(smtp_gateway, "QUIT_SECONDS", 0.1)
    async with scripted_mail_server(script) as url, asyncio.timeout(2):
        outcome = await SmtpGateway(url).send(HELLO)
    assert outcome.kind == kind, outcome
    assert (outcome.error is None) == (kind == "sent")


async def test_rejected_credentials_fail_no_message() -> None:
    greeted = [(0.0, "220 mail.test"), (0.0, "250-mail.test\r\n250 AUTH PLAIN")]
    script = [*greeted, (0.0, "535 no"), (0.0, "535 no")]
    async with scripted_mail_server(script) as url:
        signed_in = url.replace("smtp://", "smtp://user:hush@")
        outcome = await SmtpGateway(signed_in).send(HELLO)
    assert outcome.kind == "retry"
    assert (outcome.error or "").startswith(f"{WRONG_SETTINGS} user or password of SMTP_URL")
    assert "hush" not in (outcome.error or "")


async def test_lines_of_dots_arrive(mailbox: Mailbox) -> None:
    dots = ".\r\n..\r\n.a\r\nb.\r\n"
    message = replace(HELLO, subject="dots", body=dots)
    assert (await SmtpGateway(mailbox.url).send(message)).kind == "sent"
    assert mailbox.received[0].get_content().replace("\r\n", "\n") == dots.replace("\r\n", "\n")


async def test_a_closed_port_is_retried() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{free.getsockname()[1]}?from=desk@desk.test"
        assert (await SmtpGateway(url).send(HELLO)).kind == "retry"


async def test_a_forged_recipient_is_rejected(mailbox: Mailbox) -> None:
    forged = Outgoing(
        id=1, channel="email", recipient="a@b.c\r\nBcc: x@y.z", subject="", body="", attempt=1
    )
    assert (await SmtpGateway(mailbox.url).send(forged)).kind == "rejected"
    assert not mailbox.received


def test_urls() -> None:
    assert parse_smtp_url("smtp://u%40x.y:p%2Fw@mail.test?from=desk@x.y") == SmtpAddress(
        "mail.test", 587, "u@x.y", "p/w", "desk@x.y", tls=False
    )
    assert parse_smtp_url("smtps://desk@x.y:pw@mail.test:2465").port == 2465
    assert parse_smtp_url("smtps://desk%40x.y:pw@mail.test") == SmtpAddress(
        "mail.test", 465, "desk@x.y", "pw", "desk@x.y", tls=True
    )


@pytest.mark.parametrize(
    "url", ["mail.test", "http://x", "smtp://", "smtp://mail.test", "smtp://user:pw@mail.test"]
)
def test_the_error_for_an_invalid_url_hides_the_password(url: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL") as raised:
        SmtpGateway(url)
    assert "pw@" not in str(raised.value)
