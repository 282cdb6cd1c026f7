"""E-mail by SMTP."""

import asyncio
import email.policy
import re
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate

import aiosmtplib
import structlog
from aiosmtplib.protocol import SMTPProtocol

from service_desk.i18n.delivery_errors import WRONG_SETTINGS
from service_desk.outbox.gateways.gateway import Outcome, Outgoing
from service_desk.outbox.gateways.smtp_address import parse_smtp_url

# In all, until the server asks for the text: what fails before that was never sent. Then until it
# confirms that it accepted the text.
BEFORE_DATA_SECONDS, AFTER_DATA_SECONDS, QUIT_SECONDS = 20, 20, 2
SEVEN_BIT = email.policy.SMTP.clone(cte_type="7bit")  # not every server speaks 8BITMIME
START_INPUT, COMPLETED = 354, 250
PERMANENT = 500  # replies from here on are permanent failures (RFC 5321 §4.2.1)
WRITTEN_BY_PEOPLE = ("reply",)
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)

log = structlog.get_logger()


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
    if outgoing.purpose not in WRITTEN_BY_PEOPLE:
        message["Auto-Submitted"] = "auto-generated"  # no out-of-office replies (RFC 3834)
    message.set_content(outgoing.body)
    return message


def _message_id(outgoing: Outgoing, sender: str) -> str:
    """Ids of rows begin again after a restore, so the row's time is in it too."""
    at = int(outgoing.created_at.timestamp() * 1_000_000) if outgoing.created_at else 0
    return f"<outbox-{outgoing.id}-{at:x}@{sender.rpartition('@')[2]}>"


def _rejected(error: Exception) -> Outcome:
    """The server has not accepted the message; a 5yz reply means that it never will, and what
    cannot be put into a message never can."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        log.error("mail server rejects our credentials", code=error.code)
        return Outcome("retry", error=f"{WRONG_SETTINGS} user or password of SMTP_URL. {error}")
    # A certificate that expired is an OSError and a ValueError: theirs to renew, so it is retried.
    ours = isinstance(error, ValueError) and not isinstance(error, OSError)
    for_good = ours or getattr(error, "code", 0) >= PERMANENT
    return Outcome("rejected" if for_good else "retry", error=f"Mail server: {error}")
