"""The hosts that media may be fetched from, and which of them get our credentials.

Twilio's API requires the account's credentials for a media URL and redirects to its CDN, which must
not see them: https://help.twilio.com/articles/223183748
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
    """`logins`: the Authorization header by origin. `cdn`: redirects may end there or on a
    subdomain. `private`: hosts named in our own settings, which may be in our own network.
    """

    logins: dict[Origin, str]
    cdn: tuple[URL, ...] = CDN
    private: frozenset[str] = frozenset()

    def login(self, url: URL) -> str | None:
        return None if url.user or url.password else self.logins.get(origin(url))

    def may_redirect_to(self, url: URL) -> bool:
        """Whether a redirect may lead there, without our credentials."""
        if url.user or url.password or not url.host:
            return False
        return any(
            (url.scheme, url.port) == (known.scheme, known.port)
            and f".{url.host}".endswith(f".{known.host}")
            for known in self.cdn
        )


def media_hosts(settings: Settings) -> MediaHosts:
    """Twilio's API, also at TWILIO_API_BASE, and in demo mode this desk's own handset."""
    twilio = basic_auth(settings.twilio_account_sid, settings.twilio_auth_token)
    logins = {origin(URL(TWILIO_API)): twilio, origin(URL(settings.twilio_api_base)): twilio}
    if settings.demo:
        logins[origin(URL(settings.public_url))] = basic_auth(DEMO_ACCOUNT, settings.webhook_key)
    private = frozenset(host for _, host, _ in logins if host and host != URL(TWILIO_API).host)
    return MediaHosts(logins, private=private)


def origin(url: URL) -> Origin:
    return url.scheme, url.host, url.port


def basic_auth(name: str, password: str) -> str:
    """The Authorization header (RFC 7617)."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"
