import pytest

from service_desk.rules.messages.sender_address import (
    SenderAddress,
    read_address,
    takes_replies,
    to_whatsapp,
)
from service_desk.rules.messages.vocabulary import TextChannel


@pytest.mark.parametrize(
    ("said", "address", "channel"),
    [
        ("+8613800138000", "+8613800138000", "sms"),
        ("whatsapp:+8613800138000", "+8613800138000", "whatsapp"),
        ("rcs:+14155550100", "+14155550100", "sms"),
        ("messenger:1234567890", "messenger:1234567890", "sms"),
        ("95588", "95588", "sms"),
        ("", "", "sms"),
    ],
)
def test_the_sender_and_their_channel(said: str, address: str, channel: TextChannel) -> None:
    assert read_address(said) == SenderAddress(address, channel)


def test_an_address_of_whatsapp() -> None:
    assert to_whatsapp("+8613800138000") == "whatsapp:+8613800138000"
    assert to_whatsapp("whatsapp:+14155238886") == "whatsapp:+14155238886"


def test_who_gets_the_reply_in_the_response() -> None:
    assert takes_replies("messenger:1234567890")
    assert not takes_replies("95588")
    assert not takes_replies(None)
