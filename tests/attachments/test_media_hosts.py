import pytest
from yarl import URL

from service_desk.attachments.media_hosts import basic_auth, media_hosts
from service_desk.settings import Settings

HOSTS = media_hosts(Settings(twilio_account_sid="AC1", twilio_auth_token="secret"))


@pytest.mark.parametrize(
    "address",
    ["https://api.twilio.com/2010-04-01/x", "https://API.twilio.com:443/x?a=b#c"],
)
def test_twilio_gets_our_credentials(address: str) -> None:
    assert HOSTS.login(URL(address)) == basic_auth("AC1", "secret")


@pytest.mark.parametrize(
    "address",
    [
        "http://api.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://api.twilio.com.evil.example/x",
        "https://api.twilio.com./x",
        "https://evil.example/api.twilio.com",
        "https://api.twilio.com@evil.example/x",
        "https://me:word@api.twilio.com/x",
        "https://evilapi.twilio.com/x",
        "https://mms.twiliocdn.com/x",
        "ftp://api.twilio.com/x",
        "file:///etc/passwd",
        "//api.twilio.com/x",
        "/x",
        "",
    ],
)
def test_no_other_host_gets_them(address: str) -> None:
    assert HOSTS.login(URL(address)) is None


@pytest.mark.parametrize(
    "address",
    [
        "https://mms.twiliocdn.com/x?sig=a%2Fb",
        "https://media.us1.twiliocdn.com/x",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/x",
    ],
)
def test_redirects_to_the_cdn_are_allowed(address: str) -> None:
    assert HOSTS.may_redirect_to(URL(address))
    assert HOSTS.login(URL(address)) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com:444/x",
        "https://eviltwiliocdn.com/x",
        "https://twiliocdn.com.evil.example/x",
        "https://a@mms.twiliocdn.com/x",
        "https://evil.s3.amazonaws.com/x",
        "https://127.0.0.1/x",
        "//mms.twiliocdn.com/x",
        "/x",
    ],
)
def test_other_redirects_are_not(address: str) -> None:
    assert not HOSTS.may_redirect_to(URL(address))


def test_a_setting_may_name_another_api() -> None:
    hosts = media_hosts(
        Settings(twilio_api_base="http://10.0.0.5:8080/base", public_url="http://d")
    )
    assert hosts.login(URL("http://10.0.0.5:8080/x"))
    assert not hosts.login(URL("http://10.0.0.5:8081/x"))
    assert not hosts.login(URL("http://d/x"))
    assert hosts.private == {"10.0.0.5"}


def test_the_handset_is_a_carrier_in_demo_mode_only() -> None:
    demo = Settings(demo=True, public_url="http://desk:8000", twilio_auth_token="key")
    assert media_hosts(demo).login(URL("http://desk:8000/handset/media/x"))
    assert media_hosts(demo).private == {"desk"}
    assert HOSTS.private == set()
