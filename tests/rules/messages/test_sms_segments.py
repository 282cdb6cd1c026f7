import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.messages.sms_segments import GSM_BASIC, GSM_EXTENSION, Segments, segments_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 0, 160)),
        ("a" * 160, Segments("GSM-7", 160, 1, 0)),
        ("a" * 161, Segments("GSM-7", 161, 2, 145)),
        ("a" * 306, Segments("GSM-7", 306, 2, 0)),
        ("a" * 307, Segments("GSM-7", 307, 3, 152)),
        ("€" * 80, Segments("GSM-7", 160, 1, 0)),
        ("€" * 81, Segments("GSM-7", 162, 2, 143)),
        ("好" * 70, Segments("UCS-2", 70, 1, 0)),
        ("好" * 71, Segments("UCS-2", 71, 2, 63)),
        ("a" * 69 + "好", Segments("UCS-2", 70, 1, 0)),
        ("👍" * 35, Segments("UCS-2", 70, 1, 0)),
        ("👍" * 36, Segments("UCS-2", 72, 2, 61)),
        ("`", Segments("UCS-2", 1, 1, 69)),
    ],
)
def test_segments(text: str, expected: Segments) -> None:
    assert segments_of(text) == expected


def test_tables_have_the_standard_sizes() -> None:
    assert len(GSM_BASIC) == 127  # 128 without the escape
    assert len(GSM_EXTENSION) == 10
    assert not GSM_BASIC & GSM_EXTENSION


@given(st.text(st.sampled_from("a€[好👍"), max_size=400))
def test_segments_match_cutting_character_by_character(text: str) -> None:
    ucs2 = any(character in "好👍" for character in text)
    size = {"a": 1, "€": 1 if ucs2 else 2, "[": 1 if ucs2 else 2, "好": 1, "👍": 2}
    single, each = (70, 67) if ucs2 else (160, 153)
    length = sum(size[character] for character in text)
    parts: list[str] = [""]
    for character in text if length > single else "":
        if sum(size[c] for c in parts[-1] + character) > each:
            parts.append("")
        parts[-1] += character
    result = segments_of(text)
    assert result.length == length
    assert result.segments == (len(parts) if text else 0)
    if length > single:
        assert result.remaining == each - sum(size[c] for c in parts[-1])


@given(st.text(max_size=300))
def test_remaining_units_fit_the_last_segment(text: str) -> None:
    before = segments_of(text)
    if text and before.remaining:
        assert segments_of(text + "a" * before.remaining).segments == before.segments
