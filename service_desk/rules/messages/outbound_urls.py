"""Which URLs the desk may call for others: public ones, not those inside its own network.

Supervisors enter the URLs of outgoing webhooks, and the desk's machine can reach hosts that they
cannot (OWASP: server-side request forgery). The name is checked when it is entered, the addresses
it resolves to on every call.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from service_desk.rules.rule_error import RuleError

MAX_URL_LENGTH = 254
_NAT64 = IPv6Network("64:ff9b::/96")  # an IPv4 address in its last 32 bits


class UrlError(RuleError):
    """A URL that the desk does not call."""


def check_url(url: str, *, plain_http: bool, private: bool) -> None:
    """Raises UrlError unless the desk may call `url`, judged without resolving its host.

    `plain_http`: http is allowed too; `private`: hosts inside our own network are allowed too.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlError("This is not a web address: {url}", url=url[:100]) from error
    schemes = ("https", "http") if plain_http else ("https",)
    visible = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in schemes or not parts.hostname or port == 0 or not visible:
        raise UrlError("Give an address such as {example}.", example="https://example.com/path")
    if len(url) > MAX_URL_LENGTH:
        raise UrlError("At most {max} characters.", max=MAX_URL_LENGTH)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UrlError("The address must not contain a user name, password or fragment (#).")
    if not private and not may_be_public(parts.hostname):
        raise UrlError(
            "{host} is inside the desk's own network. Calling it requires the setting "
            "WEBHOOKS_ALLOW_PRIVATE.",
            host=parts.hostname,
        )


def may_be_public(host: str) -> bool:
    """Whether a host name or literal address can be public."""
    if _literal(host) is not None:
        return is_public(host)
    name = host.rstrip(".").lower()
    return "." in name and not name.endswith((".localhost", ".local", ".internal", ".localdomain"))


def is_public(address: str) -> bool:
    """Whether an IP address is public, and one embedded in it (mapped, 6to4, Teredo, NAT64) too."""
    found = _literal(address)
    if found is None:
        return False
    if isinstance(found, IPv6Address):
        embedded = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if found in _NAT64:
            embedded = IPv4Address(int(found) & 0xFFFF_FFFF)
        if embedded:
            return _is_global(embedded)
    return _is_global(found)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0].strip("[]"))
    except ValueError:
        return None
