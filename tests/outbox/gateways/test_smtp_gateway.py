import asyncio
import re
import socket
import ssl
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from service_desk.i18n.delivery_errors import WRONG_SETTINGS
from service_desk.outbox.gateways import smtp_gateway
from service_desk.outbox.gateways.gateway import Outgoing
from service_desk.outbox.gateways.smtp_address import SmtpAddress, parse_smtp_url
from service_desk.outbox.gateways.smtp_gateway import SmtpGateway, compose
from service_desk.settings import SettingsError
from tests.factories import NOW
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
    assert mail["Message-ID"] == outcome.provider_id
    assert re.fullmatch(r"<outbox-7-[0-9a-f]+@desk\.test>", mail["Message-ID"])
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


def test_a_message_of_a_person_is_not_marked_as_automatic() -> None:
    assert compose(replace(HELLO, purpose="reply"), "desk@desk.test")["Auto-Submitted"] is None
    for purpose in ("acknowledgement", "rating_request", "staff_alert"):
        mail = compose(replace(HELLO, purpose=purpose), "desk@desk.test")
        assert mail["Auto-Submitted"] == "auto-generated"


def test_an_id_is_the_same_on_every_attempt_and_another_after_a_restore() -> None:
    """The numbers of rows begin again where the backup was made; the time does not."""
    ids = [
        compose(replace(HELLO, created_at=at, attempt=attempt), "desk@desk.test")["Message-ID"]
        for at, attempt in ((NOW, 1), (NOW, 2), (NOW + timedelta(seconds=1), 1))
    ]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("kind", ["self-signed", "expired"])
async def test_a_certificate_that_is_not_trusted_is_retried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """They will renew it. The error is an OSError and a ValueError."""
    (tmp_path / "mail.pem").write_text(CERTIFICATE if kind == "self-signed" else EXPIRED)
    (tmp_path / "authority.pem").write_text(AUTHORITY)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "mail.pem")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        gateway = SmtpGateway(f"smtps://127.0.0.1:{port}?from=desk@desk.test")
        outcome = await gateway.send(HELLO)
    assert outcome.kind == "retry", outcome
    assert f"certificate verify failed: {kind.replace('expired', 'certificate has expired')}" in (
        outcome.error or ""
    )


# Self-signed, for one day; made for this test only.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdDsTEVi8SeDJqo6A
VRx9RIN+CAeiZiV/AZ/8S2AgC4ihRANCAAT0ixUq6xei5rc4M8HoUg3Cd/HUHuAW
wc8bIUI503qgK1JbmWzRjdA780eSsIJoMBiVNQJLY0/sAnFlSkbGf6fq
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBfDCCASOgAwIBAgIUSM2/9wUpIJGBZJaQ8LfEeymBkPEwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MB4XDTI2MTEzMDIxMDk0OFoXDTI2MTIwMTIx
MDk0OFowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAE9IsVKusXoua3ODPB6FINwnfx1B7gFsHPGyFCOdN6oCtSW5ls0Y3QO/NH
krCCaDAYlTUCS2NP7AJxZUpGxn+n6qNTMFEwHQYDVR0OBBYEFFcOPlqzq2cy23BK
Ygv4Qp0LjixjMB8GA1UdIwQYMBaAFFcOPlqzq2cy23BKYgv4Qp0LjixjMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgOvZ9Qww2oW8ThnSmqvjuj+VP
OFaTM2oxOR7cVQW3CEICICkJ+0z07sqFaFnDeE2c/ioKSUkBgLGSGPwRIkbs+9jX
-----END CERTIFICATE-----
"""

# Of an authority that is trusted, until February 2026; both made for this test only.
EXPIRED = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUQY5lm/Gw8KAIp19
kZY8vgeAPUa+6tw9BsiVjFpJJXShRANCAAQnISU4Wft8jLqkNRVuaPJcKdQrNcT7
RWjfsGXlZegTs5xcewsJooHqFYtxfhhiTQXO1T695cjMtDGc+dq9zsgM
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBizCCATCgAwIBAgIBATAKBggqhkjOPQQDAjAeMRwwGgYDVQQDDBNBdXRob3Jp
dHkgb2YgYSB0ZXN0MB4XDTI2MDEwMTAwMDAwMFoXDTI2MDIwMTAwMDAwMFowFDES
MBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJyEl
OFn7fIy6pDUVbmjyXCnUKzXE+0Vo37Bl5WXoE7OcXHsLCaKB6hWLcX4YYk0FztU+
veXIzLQxnPnavc7IDKNpMGcwGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MAkG
A1UdEwQCMAAwHQYDVR0OBBYEFOiiL55/4/phmqP14ELIkfuXsUlMMB8GA1UdIwQY
MBaAFEEmCNvgAr3arLyYBeP4kdNiTtdgMAoGCCqGSM49BAMCA0kAMEYCIQDBwifM
Vm4GZ0TwMv2BsJZpyJcNE3P4uUAbTXwKtJsYRwIhAKxZ0O2ygokgvLaknzdRu1mO
2FlF2/C5IWjt0oGGLUzJ
-----END CERTIFICATE-----
"""
AUTHORITY = """\
-----BEGIN CERTIFICATE-----
MIIBkzCCATmgAwIBAgIUTRbvbeDeyYamVi0Xa+sPtTgJxrswCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTQXV0aG9yaXR5IG9mIGEgdGVzdDAgFw0yNjEyMDEwMDM5MDNa
GA8yMTI2MTEwNzAwMzkwM1owHjEcMBoGA1UEAwwTQXV0aG9yaXR5IG9mIGEgdGVz
dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABF/CapMNk0TcnoJEuYvDw53hub8B
IomNsI2SiwD0gNCmGZh9TFRi29lgvV9LQycmqO7PPYFrXvr2Xs+ikU6PCT2jUzBR
MB0GA1UdDgQWBBRBJgjb4AK92qy8mAXj+JHTYk7XYDAfBgNVHSMEGDAWgBRBJgjb
4AK92qy8mAXj+JHTYk7XYDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gA
MEUCIH0RIE+0PP/4d42tkvYxEXfnfonqn8OfW648TUUXApVaAiEA/QV8L17ZOQLE
8338LzhFVcPQSfo0QZTJURgC+e/oQZQ=
-----END CERTIFICATE-----
"""
