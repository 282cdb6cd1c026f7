from service_desk.rules.messages.whatsapp_address import phone_of, to_address


def test_there_and_back() -> None:
    assert to_address("+8613800138000") == "whatsapp:+8613800138000"
    assert to_address("whatsapp:+14155238886") == "whatsapp:+14155238886"
    assert phone_of("whatsapp:+8613800138000") == "+8613800138000"
    assert phone_of("+8613800138000") is None
    assert phone_of("") is None
