import httpx
import pytest
from litestar import Litestar

from service_desk.demo.signed_webhook import path_of, post_signed
from service_desk.i18n.twilio_codes import STATUS_PATH
from service_desk.settings import get_settings

REPORT = {"MessageSid": "SM1", "MessageStatus": "sent"}


async def test_the_desk_takes_it_for_the_carriers(demo: None, app: Litestar) -> None:
    assert await post_signed(app, f"{STATUS_PATH}?outbox=1", REPORT) == ""


async def test_without_the_right_key_it_is_refused(
    demo: None, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object) -> str:
        return "not a signature"

    monkeypatch.setattr("service_desk.demo.signed_webhook._signature", wrong)
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        await post_signed(app, STATUS_PATH, REPORT)


def test_the_path_of_an_address() -> None:
    assert path_of(f"{get_settings().public_url}/a/b?c=1&d=%2B") == "/a/b?c=1&d=%2B"
    assert path_of("/a") == "/a"
