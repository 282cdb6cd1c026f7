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
    mail = mailbox.taken[0]
    assert mailbox.recipients == ["ann@example.com"]
    assert mail["Subject"] == HELLO.subject
    assert mail["From"] == "desk@desk.test"
    assert mail["To"] == HELLO.recipient
    assert mail["Message-ID"] == outcome.provider_id == "<outbox-7@desk.test>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == HELLO.body


@pytest.mark.parametrize(
    ("step", "says", "kind"),
    [
        ("RCPT", "550 no such user", "refused"),
        ("RCPT", "450 come back later", "later"),
        ("DATA", "554 no spam here", "refused"),
        ("DATA", "451 disk is full", "later"),
    ],
)
async def test_what_the_server_says_counts(
    mailbox: Mailbox, step: str, says: str, kind: str
) -> None:
    mailbox.says[step] = says
    outcome = await SmtpGateway(mailbox.url).send(HELLO)
    assert outcome.kind == kind
    assert says[4:] in (outcome.error or "")


async def test_a_connection_lost_after_the_text_is_unknown(mailbox: Mailbox) -> None:
    mailbox.drops_after_data = True
    outcome = await SmtpGateway(mailbox.url).send(HELLO)
    assert outcome.kind == "unknown"
    assert len(mailbox.taken) == 1


OK = (0.0, "250 OK")
GREETED = [(0.0, "220 mail.test"), OK, OK, OK]  # EHLO, MAIL, RCPT
BEGUN = [*GREETED, (0.0, "354 go on")]


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ([(9.0, "")], "later"),
        ([(0.1, "220 mail.test"), *[(0.1, "250 OK")] * 9], "later"),  # each step is within its time
        ([*GREETED, (9.0, "")], "later"),
        ([*GREETED, (0.0, "")], "later"),
        ([*GREETED, (0.0, "451 not now")], "later"),
        ([*GREETED, (0.0, "554 never")], "refused"),
        ([*BEGUN, (9.0, "")], "unknown"),
        ([*BEGUN, (0.0, "")], "unknown"),
        ([*BEGUN, (0.0, "nonsense")], "unknown"),
        ([*BEGUN, (0.0, "421 going down")], "later"),
        ([*BEGUN, (0.0, "250 taken"), (9.0, "")], "sent"),  # no word to our QUIT
    ],
)
async def test_what_fails_before_the_text_never_left(
    monkeypatch: pytest.MonkeyPatch, says: list[tuple[float, str]], kind: str
) -> None:
    monkeypatch.setattr(smtp_gateway, "BEFORE_DATA_SECONDS", 0.25)
    monkeypatch.setattr(smtp_gateway, "AFTER_DATA_SECONDS", 0.25)
    monkeypatch.setattr(smtp_gateway, "QUIT_SECONDS", 0.1)
    async with scripted_mail_server(says) as url, asyncio.timeout(2):
        outcome = await SmtpGateway(url).send(HELLO)
    assert outcome.kind == kind, outcome
    assert (outcome.error is None) == (kind == "sent")


async def test_credentials_that_are_refused_cost_no_message() -> None:
    greeted = [(0.0, "220 mail.test"), (0.0, "250-mail.test\r\n250 AUTH PLAIN")]
    says = [*greeted, (0.0, "535 no"), (0.0, "535 no")]
    async with scripted_mail_server(says) as url:
        signed_in = url.replace("smtp://", "smtp://user:hush@")
        outcome = await SmtpGateway(signed_in).send(HELLO)
    assert outcome.kind == "later"
    assert (outcome.error or "").startswith(f"{WRONG_SETTINGS} user or password of SMTP_URL")
    assert "hush" not in (outcome.error or "")


async def test_lines_of_dots_arrive(mailbox: Mailbox) -> None:
    dots = ".\r\n..\r\n.a\r\nb.\r\n"
    message = replace(HELLO, subject="dots", body=dots)
    assert (await SmtpGateway(mailbox.url).send(message)).kind == "sent"
    assert mailbox.taken[0].get_content().replace("\r\n", "\n") == dots.replace("\r\n", "\n")


async def test_nobody_there_is_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{free.getsockname()[1]}?from=desk@desk.test"
        assert (await SmtpGateway(url).send(HELLO)).kind == "later"


async def test_a_forged_recipient_is_refused(mailbox: Mailbox) -> None:
    forged = Outgoing(
        id=1, channel="email", recipient="a@b.c\r\nBcc: x@y.z", subject="", body="", attempt=1
    )
    assert (await SmtpGateway(mailbox.url).send(forged)).kind == "refused"
    assert not mailbox.taken


def test_addresses() -> None:
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
def test_an_address_that_does_not_fit_is_said_without_the_password(url: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL") as raised:
        SmtpGateway(url)
    assert "pw@" not in str(raised.value)
