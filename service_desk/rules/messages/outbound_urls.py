"""Which URLs the desk may call for others: public ones, not those inside its own network.

Supervisors enter the URLs of outgoing webhooks, and the desk's machine can reach hosts that they
cannot (OWASP: server-side request forgery). The name is checked when it is entered, the addresses
it resolves to on every call.
"""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from service_desk.rules.rule_error import RuleError

MAX_URL_LENGTH = 254
# Where clouds hand out credentials, beside the link-local addresses.
_METADATA = (ip_address("100.100.100.200"), ip_address("192.0.0.192"), ip_address("fd00:ec2::254"))
_METADATA_NAMES = ("metadata.google.internal", "metadata")
# 2852039166, 127.1, 0x7f.1 and 0177.0.0.1 are addresses to many a resolver.
# No public name ends in a number.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
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
    if is_another_spelling(parts.hostname):
        raise UrlError(
            "{host} is a number in another spelling. Give the host's name, or its address in four "
            "decimal numbers such as {example}.",
            host=parts.hostname,
            example="203.0.113.5",
        )
    if is_of_the_machine(parts.hostname):
        raise UrlError(
            "{host} is an address of the machine's own surroundings. The desk never calls those.",
            host=parts.hostname,
        )
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


def is_another_spelling(host: str) -> bool:
    """Whether a host is an IPv4 address that is not written as four decimal numbers."""
    last = host.rstrip(".").rpartition(".")[2]
    return _NUMBER.fullmatch(last) is not None and _literal(host) is None


def is_of_the_machine(address: str) -> bool:
    """Whether an IP address is one that hands out a cloud machine's credentials, or any other of
    its own link, however it is written. No setting allows these, nor demo mode."""
    found = _literal(address)
    if found is None:
        return address.rstrip(".").lower() in _METADATA_NAMES
    if isinstance(found, IPv6Address) and (embedded := _embedded(found)) is not None:
        found = embedded
    return found.is_link_local or found.is_unspecified or found in _METADATA


def is_public(address: str) -> bool:
    """Whether an IP address is public, and one embedded in it (mapped, 6to4, Teredo, NAT64) too."""
    found = _literal(address)
    if found is None:
        return False
    if isinstance(found, IPv6Address):
        embedded = _embedded(found)
        return _is_global(found if embedded is None else embedded)
    return _is_global(found)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0].strip("[]"))
    except ValueError:
        return None
