"""Outgoing webhooks: a signed POST to a subscriber (https://www.standardwebhooks.com)."""

import aiohttp
import msgspec

from service_desk import wall_clock
from service_desk.outbox.gateways.gateway import Outcome, Outgoing
from service_desk.public_addresses import PublicAddressResolver
from service_desk.rules.messages.outbound_urls import UrlError, check_url
from service_desk.rules.messages.webhook_signature import sign_webhook

CONNECT_SECONDS, TOTAL_SECONDS = 5, 10
GONE = 410


class _Event(msgspec.Struct):
    """The part of a webhook's body that the gateway needs."""

    id: str


class WebhookGateway:
    """Create it inside the running event loop, and close it.

    A webhook that is not answered 2xx is retried; receivers recognise repetitions by its id.
    Redirects are not followed. Without `private` no address inside our own network is called,
    whatever the host name resolves to (rules/messages/outbound_urls.py).
    """

    def __init__(self, *, plain_http: bool, private: bool) -> None:
        self._plain_http, self._private = plain_http, private
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS),
            connector=aiohttp.TCPConnector(
                resolver=PublicAddressResolver(all_private=private), limit_per_host=20
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "Service-Desk", "Content-Type": "application/json"},
        )

    async def send(self, outgoing: Outgoing) -> Outcome:
        if not outgoing.secret:
            return Outcome("rejected", error="The subscription was deleted.")
        try:
            check_url(outgoing.recipient, plain_http=self._plain_http, private=self._private)
        except UrlError as error:
            return Outcome("rejected", error=str(error))
        try:
            async with self._session.post(
                outgoing.recipient,
                data=outgoing.body.encode(),
                headers=_signed(outgoing),
                allow_redirects=False,
            ) as response:
                return _outcome(response.status)
        except TimeoutError:
            return Outcome("retry", error=f"No response within {TOTAL_SECONDS} seconds.")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Outcome("retry", error=f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        await self._session.close()


def _signed(outgoing: Outgoing) -> dict[str, str]:
    id_ = msgspec.json.decode(outgoing.body, type=_Event).id
    timestamp = int(wall_clock.real_now().timestamp())  # receivers compare it with their own clock
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign_webhook(outgoing.secret, id_, timestamp, outgoing.body),
    }


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome("sent")
    if status == GONE:
        return Outcome("rejected", error="HTTP 410: the receiver no longer accepts these.")
    return Outcome("retry", error=f"HTTP {status}")
