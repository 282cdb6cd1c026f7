from service_desk.rules.messages.whatsapp_address import phone_from_address, to_address


def test_to_and_from_an_address() -> None:
    assert to_address("+8613800138000") == "whatsapp:+8613800138000"
    assert to_address("whatsapp:+14155238886") == "whatsapp:+14155238886"
    assert phone_from_address("whatsapp:+8613800138000") == "+8613800138000"
    assert phone_from_address("+8613800138000") is None
    assert phone_from_address("") is None
