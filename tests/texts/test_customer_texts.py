import re
from datetime import timedelta

import pytest

from service_desk.rules.messages.sms_segments import segments_of
from service_desk.rules.tickets.states import TICKET_STATES
from service_desk.rules.words.languages import Locale
from service_desk.self_service.progress import TicketStatus, describe_status
from service_desk.texts.customer_texts import (
    EMAIL_SUBJECTS,
    SMS_TEXTS,
    STATE_PHRASES,
    TEXTS,
    render_text,
)
from service_desk.tickets.sending import MAX_WORDS_IN_TEXT
from tests.factories import NOW

LATE = NOW - timedelta(hours=1)
LINK = "https://desk.example.com/t/" + "x" * 32
LONGEST = {
    "number": "123456789",
    "earlier": "123456789",
    "wrong": "123456789",
    "link": LINK,
    "count": 12,
    "tickets": ", ".join(["123456789"] * 4),
    "score": 5,
}


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("name", SMS_TEXTS)
def test_an_sms_takes_two_segments_at_most(name: str, locale: Locale) -> None:
    statuses = (
        TicketStatus(
            1, "", "", state, "Anne Smith" if locale == "en" else "欧阳明月", (LATE, NOW), NOW
        )
        for state in TICKET_STATES
    )
    longest_state = max((describe_status(one, locale, NOW) for one in statuses), key=len)
    words = ("y" if locale == "en" else "修") * MAX_WORDS_IN_TEXT[locale]
    text = render_text(name, locale, **LONGEST, state=longest_state, resolution=words)
    segments = segments_of(text)
    assert segments.segments <= 2, (segments, text)
    assert segments.encoding == ("GSM-7" if locale == "en" else "UCS-2"), text


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_name_the_same_values(name: str) -> None:
    both = TEXTS[name]
    assert set(re.findall(r"\{(\w+)\}", both.en)) == set(re.findall(r"\{(\w+)\}", both.zh))
    assert both.en
    assert re.search("[\u4e00-\u9fff]", both.zh)
    assert not re.search("[\u4e00-\u9fff]", both.en)


@pytest.mark.parametrize(
    "name", ["acknowledgement", "acknowledgement_safety", "joined", "reopened", "number_mistyped"]
)
def test_the_first_number_in_a_reply_is_the_ticket(name: str) -> None:
    for locale in ("en", "zh"):
        text = render_text(name, locale, **LONGEST)
        assert re.findall(r"\d+", text)[0] == "123456789"


@pytest.mark.parametrize("name", [name for name in SMS_TEXTS if "{link}" in SMS_TEXTS[name].en])
def test_links_stand_alone_so_that_phones_see_them(name: str) -> None:
    for locale in ("en", "zh"):
        rendered = render_text(name, locale, **LONGEST, state="x", resolution="y")
        assert re.search(rf" {re.escape(LINK)}$", rendered)


def test_every_state_has_a_phrase() -> None:
    assert {f"state_{state}" for state in TICKET_STATES} <= set(STATE_PHRASES)


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        render_text("thanks", "en")
    with pytest.raises(KeyError):
        render_text("nothing", "en")


def test_subjects_are_one_line() -> None:
    for both in EMAIL_SUBJECTS.values():
        assert "\n" not in both.en + both.zh
