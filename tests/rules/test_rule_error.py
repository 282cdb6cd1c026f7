"""An error of the rules is a sentence that can be translated, and text that stands alone."""

from service_desk.rules.rule_error import RuleError


def test_as_text_it_names_the_field() -> None:
    error = RuleError("'{value}' is not known.", field="match.kinds", value="{x}")
    assert str(error) == "match.kinds: '{x}' is not known."
    assert (error.message, error.params) == ("'{value}' is not known.", {"value": "{x}"})
    assert str(RuleError("Too far.")) == "Too far."
