from service_desk.rules.rule_error import RuleError


def test_str_names_the_field() -> None:
    error = RuleError("'{value}' is not known.", field="match.kinds", value="{x}")
    assert str(error) == "match.kinds: '{x}' is not known."
    assert (error.message, error.params) == ("'{value}' is not known.", {"value": "{x}"})
    assert str(RuleError("Too far.")) == "Too far."
