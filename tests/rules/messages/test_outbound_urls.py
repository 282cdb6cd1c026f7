from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.messages.outbound_urls import UrlError, check_url, is_public


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/path?x=1",
        "https://hooks.example.co.uk:8443/",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/x",
    ],
)
def test_public_urls_are_allowed(url: str) -> None:
    check_url(url, plain_http=False, private=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.com/",
        "example.com",
        "",
        "https://",
        "https:///path",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://example.com/a b",
        "https://example.com/\r\nX: y",
        "https://exämple.com/",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://example.com/#here",
        "https://example.com/" + "x" * 255,
    ],
)
def test_unusable_urls(url: str) -> None:
    with pytest.raises(UrlError):
        check_url(url, plain_http=False, private=False)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST.", "printer", "db.internal", "nas.local", "x.localhost",
        "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "[::1]",
        "[fd00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
        "[2002:7f00:0001::]", "[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
def test_private_hosts_only_where_allowed(host: str) -> None:
    with pytest.raises(UrlError, match="own network"):
        check_url(f"https://{host}/", plain_http=False, private=False)
    check_url(f"https://{host}/", plain_http=False, private=True)


@pytest.mark.parametrize(
    "host",
    [
        *("2852039166", "127.1", "0177.0.0.1", "0x7f.1", "0X7F000001", "127.0.1", "1.2.3.4.5"),
        *("127.0.0.1.", "256.1.1.1", "0x", "08.1", "example.123", "printer.0x1f"),
    ],
)
def test_a_number_in_another_spelling_is_refused(host: str) -> None:
    for private in (False, True):
        with pytest.raises(UrlError, match="another spelling"):
            check_url(f"http://{host}/hook", plain_http=True, private=private)


@pytest.mark.parametrize("host", ["1.1.1.1", "[2606:4700::1]", "4you.example", "0x7f.example"])
def test_addresses_and_names_with_digits_are_allowed(host: str) -> None:
    check_url(f"https://{host}/", plain_http=False, private=False)


def test_http_only_where_allowed() -> None:
    check_url("http://example.com/", plain_http=True, private=False)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("172.16.5.5", False),
        ("0.0.0.0", False),
        ("::", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::10.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("::ffff:192.168.0.1", False),
        ("fe80::1%eth0", False),
        ("240.0.0.1", False),
        ("not an address", False),
    ],
)
def test_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@given(st.ip_addresses(v=4))
def test_an_embedded_address_decides(address: IPv4Address) -> None:
    for outer in ("::ffff:", "64:ff9b::"):
        assert is_public(f"{outer}{address}") == is_public(str(address))


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "169.254.170.2", "[fe80::1]", "[::ffff:169.254.169.254]"),
        *("[fd00:ec2::254]", "100.100.100.200", "metadata.google.internal", "0.0.0.0", "[::]"),
    ],
)
def test_the_machines_own_surroundings_are_never_called(host: str) -> None:
    for private in (False, True):
        with pytest.raises(UrlError):
            check_url(f"http://{host}/latest/meta-data", plain_http=True, private=private)
    check_url("http://127.0.0.1:9000/hook", plain_http=True, private=True)
