"""What a save changes, and what overtakes it."""

from service_desk.rules.edits import overtaken, wanted_changes

SHOWN = {"severity": "normal", "cause": "unknown", "note": "two\nlines"}


def test_a_save_changes_only_what_was_changed() -> None:
    sent = {"severity": "normal", "cause": "logistics", "note": "two\r\nlines", "new": "x"}
    assert wanted_changes(SHOWN, sent) == {"cause": "logistics", "new": "x"}


def test_only_another_change_of_the_same_field_overtakes_it() -> None:
    present = {"severity": "safety", "cause": "unknown", "note": "two\nlines"}
    assert overtaken(SHOWN, {"cause": "logistics"}, present) == []
    assert overtaken(SHOWN, {"severity": "high"}, present) == ["severity"]
    assert overtaken(SHOWN, {"severity": "safety"}, present) == []  # both want the same


def test_a_field_whose_shown_value_is_unknown_is_written() -> None:
    assert overtaken({}, {"severity": "high"}, {"severity": "safety"}) == []
