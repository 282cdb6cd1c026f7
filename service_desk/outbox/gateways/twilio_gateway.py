"""SMS, Messenger (a text with addresses of its own) and WhatsApp by Twilio's REST API."""

import logging
from base64 import b64encode
from http import HTTPStatus

import aiohttp
import structlog
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from service_desk.i18n.delivery_errors import WRONG_SETTINGS
from service_desk.i18n.twilio_codes import RECIPIENT_OPTED_OUT, STATUS_PATH
from service_desk.outbox.gateways.gateway import Outcome, Outgoing
from service_desk.rules.messages.sender_address import takes_replies, to_messenger, to_whatsapp
from service_desk.settings import Settings

API = "https://api.twilio.com"
CONNECT_SECONDS, TOTAL_SECONDS = 5, 15
# Shorter than any server's: a connection that turns out closed after writing is an unknown outcome.
KEEP_ALIVE_SECONDS = 4
# Errors of ours or of the moment, not of the message.
_BAD_CREDENTIALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_WRONG_ADDRESS = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
_TRY_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)

log = structlog.get_logger()


class TwilioGateway:
    """Create it inside the running event loop, and close it.

    `sender`: the API's parameter for our side; `address`: the API's form of a recipient's number.
    """

    def __init__(self, settings: Settings) -> None:
        self._http = _HttpClient(settings.twilio_api_base)
        self._client = Client(
            settings.twilio_account_sid, settings.twilio_auth_token, http_client=self._http
        )
        # Read here: it imports the model of the API, and the first message would wait for that.
        self._messages = self._client.messages
        self.sender: dict[str, str] = (
            {"messaging_service_sid": settings.twilio_messaging_service_sid}
            if settings.twilio_messaging_service_sid
            else {"from_": settings.twilio_from}
        )
        self._messenger_page = settings.twilio_messenger_from
        self._status_callback = settings.public_url.rstrip("/") + STATUS_PATH

    async def send(self, outgoing: Outgoing) -> Outcome:
        sender = self.sender
        if takes_replies(outgoing.recipient):
            if not self._messenger_page:
                return Outcome("retry", error=f"{WRONG_SETTINGS} TWILIO_MESSENGER_FROM is not set.")
            sender = {"from_": to_messenger(self._messenger_page)}
        try:
            message = await self._messages.create_async(
                to=self.address(outgoing.address or outgoing.recipient),
                body=outgoing.body,
                # The row's id comes back with every callback, as a status may be faster than the
                # response with the MessageSid.
                status_callback=f"{self._status_callback}?outbox={outgoing.id}",
                **sender,
            )
        except (TwilioRestException, TwilioServiceException) as error:
            return _outcome_of(error)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Outcome("retry", error=f"No connection to Twilio: {error}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Outcome("unknown", error=f"Twilio did not answer: {error!r}")
        except (TwilioException, ValueError, TypeError, LookupError, AttributeError) as error:
            # A 2xx response that the library cannot parse.
            return Outcome("unknown", error=f"Twilio's answer was unreadable: {error!r}")
        if not message.sid:
            return Outcome("sent", error="Twilio accepted it, but returned no id.")
        return Outcome("sent", provider_id=message.sid)

    def address(self, phone: str) -> str:
        return phone

    async def close(self) -> None:
        await self._http.close()


def _outcome_of(error: TwilioRestException | TwilioServiceException) -> Outcome:
    message = error.msg if isinstance(error, TwilioRestException) else error.title
    reason = f"Twilio {error.status}/{error.code}: {message}"
    if error.status in _BAD_CREDENTIALS:
        log.error("Twilio rejects our credentials", status=error.status, code=error.code)
        return Outcome(
            "retry", error=f"{WRONG_SETTINGS} TWILIO_ACCOUNT_SID or _AUTH_TOKEN. {reason}"
        )
    if error.status in _WRONG_ADDRESS or 300 <= error.status < 400:
        log.error("TWILIO_API_BASE is not Twilio's API", status=error.status)
        return Outcome("retry", error=f"{WRONG_SETTINGS} TWILIO_API_BASE or _ACCOUNT_SID. {reason}")
    if error.status in _TRY_LATER or error.status >= 500:
        return Outcome("retry", error=reason)
    return Outcome("rejected", error=reason, opted_out=error.code == RECIPIENT_OPTED_OUT)


class _HttpClient(AsyncHttpClient):
    """In place of Twilio's AsyncTwilioHttpClient, which has no timeouts and authenticates with a
    class that aiohttp has deprecated."""

    def __init__(self, base: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._base = base.rstrip("/")
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS),
            connector=aiohttp.TCPConnector(keepalive_timeout=KEEP_ALIVE_SECONDS),
        )

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        allow_redirects: bool = False,
    ) -> Response:
        token = b64encode(":".join(auth or ()).encode()).decode()
        async with self._session.request(
            method,
            self._base + uri.removeprefix(API),
            data=data,
            headers={**(headers or {}), "Authorization": f"Basic {token}"},
            allow_redirects=allow_redirects,
        ) as response:
            return Response(response.status, await response.text(), response.headers)

    async def close(self) -> None:
        await self._session.close()


class WhatsAppGateway(TwilioGateway):
    """WhatsApp by Twilio: the API, senders and status callbacks of SMS; only the addresses differ
    (docs/adding-a-channel.md)."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        sender = settings.twilio_whatsapp_from or (
            "" if settings.twilio_messaging_service_sid else settings.twilio_from
        )
        if sender:
            self.sender = {"from_": to_whatsapp(sender)}

    def address(self, phone: str) -> str:
        return to_whatsapp(phone)
