import pytest

from service_desk.demo.carrier import SpokenText, parse_twiml
from service_desk.intake.calls import menu as voice_menu
from service_desk.phone_line.schemas import StaffPhone


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_it_understands_everything_that_callers_are_answered(locale: str) -> None:
    menu = parse_twiml(voice_menu.greeting(locale, ("100014", "open")))
    assert {spoken.language for spoken in menu.said} == {"en", "zh"}
    assert (menu.digits, menu.over) == (1, False)
    assert "step=main" in menu.keys
    assert menu.keys == menu.silence
    asked = parse_twiml(voice_menu.ask_number(locale, 2))
    assert (asked.digits, asked.over) == (None, False)
    told = parse_twiml(voice_menu.say_status(locale, "100014", "open"))
    assert (told.digits, told.silence, told.over) == (1, "", False)
    assert "Goodbye." not in told.said[-1].words  # only who presses nothing hears that
    assert "再见。" not in told.said[-1].words
    recording = parse_twiml(voice_menu.record(locale, "say_record_repair", ticket="100014"))
    assert recording.record.endswith("/recording?ticket=100014")
    assert recording.record == recording.silence
    assert recording.words.endswith("/transcription") == (locale == "en")
    noted = parse_twiml(voice_menu.confirm_message(locale, "100014", heard=True, new=True))
    assert noted.over
    assert noted.said[-1] in (SpokenText("en", "Goodbye."), SpokenText("zh", "再见。"))
    phones = [StaffPhone(7, "Lin", "+8613900000011", locale)]
    ringing = parse_twiml(voice_menu.ring_staff_phones(locale, "CA1", phones, caller_id=None))
    assert ringing.ringing == ("+8613900000011",)
    assert (bool(ringing.offer), bool(ringing.dialled), ringing.over) == (True, True, False)
    offer = parse_twiml(voice_menu.offer(locale, "CA1", 7, None))
    assert offer.keys
    assert not offer.over
    assert parse_twiml(voice_menu.too_late(locale)).over
    assert not parse_twiml(voice_menu.connect_twiml()).over
