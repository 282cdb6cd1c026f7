import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.messages.templates import TemplateError, check_template, placeholders


def check(body: str, *, multiline: bool = True) -> None:
    check_template(
        body, required=("number",), optional=("link",), max_length=100, multiline=multiline
    )


@pytest.mark.parametrize(
    "body",
    [
        "Ticket {number} is open.",
        "{number}",
        "工单{number}已登记。 {link} ",
        "{number}: {link}\nsecond line",
        "{{not a placeholder}} {number} {number}",
    ],
)
def test_usable_texts(body: str) -> None:
    check(body)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("{number}" + "x" * 93, "100 characters"),
        ("Ticket", "must contain {number}"),
        ("{number} {nmuber}", "{nmuber} cannot be used here. Available: {link}, {number}"),
        ("{number", "brace"),
        ("number}", "brace"),
        ("{number} {}", "name in braces"),
        ("{number} {0}", "name in braces"),
        ("{number.__class__}", "name in braces"),
        ("{number[0]}", "name in braces"),
        ("{number!r}", "name in braces"),
        ("{number:>90}", "name in braces"),
        ("{number:}", "name in braces"),
        ("{number} {link}。", "space before and after {link}"),
        ("{number}({link})", "space before and after {link}"),
    ],
)
def test_unusable_texts(body: str, says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        check(body)
    assert says in str(caught.value)


def test_a_subject_is_one_line() -> None:
    check("{number}", multiline=False)
    for break_ in ("\n", "\r", "\u2028"):
        with pytest.raises(TemplateError, match="one line"):
            check(f"{{number}}{break_}x", multiline=False)


@given(st.text(alphabet="{}ab c:!.[]0n", max_size=12))
def test_accepted_texts_can_be_filled_in(body: str) -> None:
    """str.format only ever gets plain names."""
    try:
        named = placeholders(body)
    except TemplateError:
        return
    filled = body.format(**dict.fromkeys(named, "§"))
    assert re.sub(r"\{\w+\}", "§", body.replace("{{", "\1").replace("}}", "\2")) == filled.replace(
        "{", "\1"
    ).replace("}", "\2")
