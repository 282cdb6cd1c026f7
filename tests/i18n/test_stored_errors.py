from service_desk.errors import InvalidInput
from service_desk.i18n.stored_errors import StoredError, error_sentence, stored_error


def test_a_sentence_is_filled_in_by_the_reader() -> None:
    kept = stored_error(InvalidInput("There is no import {run}.", run=7))
    assert error_sentence(kept.error, kept.error_params, "zh") == "没有编号为 7 的导入。"
    assert error_sentence(kept.error, kept.error_params, "en") == "There is no import 7."


def test_what_is_not_a_sentence_of_ours_is_kept_as_it_is() -> None:
    kept = stored_error(ValueError("invalid {byte}"))
    assert error_sentence(kept.error, kept.error_params, "zh") == "invalid {byte}"
    assert stored_error(KeyboardInterrupt()) == StoredError("Stopped.")


def test_a_row_of_before_has_the_whole_sentence() -> None:
    assert error_sentence("Line {7} is broken.", None, "zh") == "Line {7} is broken."
