"""E-mail by SMTP.

SMTP_URL: `smtp://user:password@host:587?from=desk@example.com` (STARTTLS where offered) or
`smtps://…` (TLS from the start, port 465). Without `from` the user is the sender.
"""

import asyncio
import email.policy
import re
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
import structlog
from aiosmtplib.protocol import SMTPProtocol
from msgspec import Struct

from service_desk.i18n.delivery_errors import WRONG_SETTINGS
from service_desk.outbox.gateway import Outcome, Outgoing
from service_desk.settings import SettingsError

# In all, until the server asks for the text: what fails before that was never sent. Then until it
# confirms that it accepted the text.
BEFORE_DATA_SECONDS, AFTER_DATA_SECONDS, QUIT_SECONDS = 20, 20, 2
SEVEN_BIT = email.policy.SMTP.clone(cte_type="7bit")  # not every server speaks 8BITMIME
START_INPUT, COMPLETED = 354, 250
PERMANENT = 500  # replies from here on are permanent failures (RFC 5321 §4.2.1)
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)

log = structlog.get_logger()


class SmtpAddress(Struct, frozen=True):
    host: str
    port: int
    user: str | None
    password: str | None
    sender: str
    tls: bool


class SmtpGateway:
    """One connection per message: mail is rare here, and idle connections get dropped."""

    def __init__(self, url: str) -> None:
        self._server = parse_smtp_url(url)

    async def send(self, outgoing: Outgoing) -> Outcome:
        smtp = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.user,
            password=self._server.password,
            use_tls=self._server.tls,
            timeout=None,  # the time limits below cover all steps together
        )
        try:
            message = compose(outgoing, self._server.sender)
            async with asyncio.timeout(BEFORE_DATA_SECONDS):
                await smtp.connect()
                await smtp.mail(self._server.sender)
                await smtp.rcpt(outgoing.recipient)
                await _begin_data(smtp, message.as_bytes())
        except TimeoutError:
            smtp.close()
            return Outcome("retry", error="The mail server was too slow to accept it.")
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            smtp.close()
            return _rejected(error)
        try:
            async with asyncio.timeout(AFTER_DATA_SECONDS):
                await _confirm_data(smtp)
        except aiosmtplib.SMTPDataError as error:
            return _rejected(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Outcome("unknown", error=f"The mail server did not confirm: {error!r}")
        else:
            with suppress(aiosmtplib.SMTPException, OSError):
                await smtp.quit(timeout=QUIT_SECONDS)
            return Outcome("sent", provider_id=_message_id(outgoing, self._server.sender))
        finally:
            smtp.close()

    async def close(self) -> None:
        return


async def _begin_data(smtp: aiosmtplib.SMTP, text: bytes) -> None:
    """Ask to send the text, and start sending. aiosmtplib's data() does not tell how far it got."""
    reply = await smtp.execute_command(b"DATA")
    if reply.code != START_INPUT:
        raise aiosmtplib.SMTPDataError(reply.code, reply.message)
    _protocol(smtp).write(_LEADING_DOT.sub(b"..", text) + b".\r\n")


async def _confirm_data(smtp: aiosmtplib.SMTP) -> None:
    reply = await _protocol(smtp).read_response()
    if reply.code != COMPLETED:
        raise aiosmtplib.SMTPDataError(reply.code, reply.message)


def _protocol(smtp: aiosmtplib.SMTP) -> SMTPProtocol:
    if smtp.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    return smtp.protocol


def compose(outgoing: Outgoing, sender: str) -> EmailMessage:
    """The e-mail. All attempts have one Message-ID, so that receivers recognise repetitions."""
    message = EmailMessage(policy=SEVEN_BIT)
    message["From"] = sender
    message["To"] = outgoing.recipient
    message["Subject"] = outgoing.subject
    message["Date"] = formatdate()
    message["Message-ID"] = _message_id(outgoing, sender)
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office replies, please (RFC 3834)
    message.set_content(outgoing.body)
    return message


def parse_smtp_url(url: str) -> SmtpAddress:
    """Raises SettingsError with a sentence for the operator that does not contain the password."""
    parts = urlsplit(url)
    user = unquote(parts.username) if parts.username else None
    sender = parse_qs(parts.query).get("from", [user or ""])[0]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or "@" not in sender:
        raise SettingsError(
            "SMTP_URL cannot be read: write smtp://user:password@host:587?from=desk@example.com, "
            "or smtps://… for TLS from the start."
        )
    tls = parts.scheme == "smtps"
    return SmtpAddress(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587),
        user=user,
        password=unquote(parts.password) if parts.password else None,
        sender=sender,
        tls=tls,
    )


def _message_id(outgoing: Outgoing, sender: str) -> str:
    return f"<outbox-{outgoing.id}@{sender.rpartition('@')[2]}>"


def _rejected(error: Exception) -> Outcome:
    """The server has not accepted the message; a 5yz reply means that it never will."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        log.error("mail server rejects our credentials", code=error.code)
        return Outcome("retry", error=f"{WRONG_SETTINGS} user or password of SMTP_URL. {error}")
    for_good = isinstance(error, ValueError) or getattr(error, "code", 0) >= PERMANENT
    return Outcome("rejected" if for_good else "retry", error=f"Mail server: {error}")
