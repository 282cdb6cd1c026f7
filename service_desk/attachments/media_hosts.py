"""Where media may be fetched from, and who of them is told our credentials.

Twilio answers a media address, which wants the account's log-in, with a redirect to its content
network, which must not see it: https://help.twilio.com/articles/223183748
"""

from base64 import b64encode

from msgspec import Struct
from yarl import URL

from service_desk.settings import Settings

TWILIO_API = "https://api.twilio.com"
DEMO_ACCOUNT = "AC" + "0" * 32
CDN = (URL("https://twiliocdn.com"), URL("https://s3-external-1.amazonaws.com"))


Origin = tuple[str, str | None, int | None]
"""Scheme, host, port."""


class MediaHosts(Struct, frozen=True):
    """`logins`: by origin, the Authorization we send. `content_network`: where those may lead,
    and below. `private`: hosts that may be in our own network, for a setting of ours names them.
    """

    logins: dict[Origin, str]
    content_network: tuple[URL, ...] = CDN
    private: frozenset[str] = frozenset()

    def login(self, url: URL) -> str | None:
        return None if url.user or url.password else self.logins.get(origin(url))

    def may_redirect_to(self, url: URL) -> bool:
        """Whether a redirect may end there, without our credentials."""
        if url.user or url.password or not url.host:
            return False
        return any(
            (url.scheme, url.port) == (known.scheme, known.port)
            and f".{url.host}".endswith(f".{known.host}")
            for known in self.content_network
        )


def media_hosts(settings: Settings) -> MediaHosts:
    """Twilio's API, where TWILIO_API_BASE says it is, and in demo mode this desk's own handset."""
    twilio = basic_auth(settings.twilio_account_sid, settings.twilio_auth_token)
    logins = {origin(URL(TWILIO_API)): twilio, origin(URL(settings.twilio_api_base)): twilio}
    if settings.demo:
        logins[origin(URL(settings.public_url))] = basic_auth(DEMO_ACCOUNT, settings.webhook_key)
    private = frozenset(host for _, host, _ in logins if host and host != URL(TWILIO_API).host)
    return MediaHosts(logins, private=private)


def origin(url: URL) -> Origin:
    return url.scheme, url.host, url.port


def basic_auth(name: str, password: str) -> str:
    """RFC 7617, as a header's value."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"
