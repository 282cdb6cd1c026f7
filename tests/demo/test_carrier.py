import pytest

from service_desk.demo.carrier import SpokenText, parse_twiml
from service_desk.intake.calls import menu as voice_menu
from service_desk.phone_line.schemas import StaffPhone
from service_desk.rules.words.languages import Locale


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_it_understands_every_response_to_a_call(locale: Locale) -> None:
    menu = parse_twiml(voice_menu.greeting(locale, ("100014", "open")))
    assert {spoken.language for spoken in menu.spoken} == {"en", "zh"}
    assert (menu.max_digits, menu.ended) == (1, False)
    assert "step=main" in menu.digits_url
    assert menu.digits_url == menu.timeout_url
    question = parse_twiml(voice_menu.ask_number(locale, 2))
    assert (question.max_digits, question.ended) == (None, False)
    status = parse_twiml(voice_menu.say_status(locale, "100014", "open"))
    assert (status.max_digits, status.timeout_url, status.ended) == (1, "", False)
    assert "Goodbye." not in status.spoken[-1].text  # spoken only to a caller who presses nothing
    assert "再见。" not in status.spoken[-1].text
    recording = parse_twiml(voice_menu.record(locale, "say_record_repair", ticket="100014"))
    assert recording.record_url.endswith("/recording?ticket=100014")
    assert recording.record_url == recording.timeout_url
    assert recording.transcription_url.endswith("/transcription") == (locale == "en")
    confirmation = parse_twiml(
        voice_menu.confirm_message(locale, "100014", recorded=True, new=True)
    )
    assert confirmation.ended
    assert confirmation.spoken[-1] in (SpokenText("en", "Goodbye."), SpokenText("zh", "再见。"))
    phones = [StaffPhone(7, "Lin", "+8613900000011", locale)]
    ringing = parse_twiml(voice_menu.ring_staff_phones(locale, "CA1", phones, caller_id=None))
    assert ringing.ringing_phones == ("+8613900000011",)
    assert (bool(ringing.screening_url), bool(ringing.after_dial_url), ringing.ended) == (
        True,
        True,
        False,
    )
    offer = parse_twiml(voice_menu.offer(locale, "CA1", 7, None))
    assert offer.digits_url
    assert not offer.ended
    assert parse_twiml(voice_menu.too_late(locale)).ended
    assert not parse_twiml(voice_menu.connect_twiml()).ended
