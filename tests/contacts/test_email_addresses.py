import pytest

from service_desk.contacts.email_addresses import to_email, to_email_or_none
from service_desk.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (" Li.Wei@Example.COM ", "li.wei@example.com"),
        ("ｌｉ＠example.com", "li@example.com"),
        ("张三@例子.中国", "张三@例子.中国"),
        ("service+104503@desk.local", "service+104503@desk.local"),
        ("\u200bli@example.com\ufeff", "li@example.com"),
        (" \u2060 li@example.com\u200e ", "li@example.com"),
        (f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
        ("li@4.example", "li@4.example"),
    ],
)
def test_stored_in_lower_case(text: str, stored: str) -> None:
    assert to_email(text) == stored
    assert to_email(stored) == stored


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "a@", "@b", "li wei@example.com", "a@b\nc", "a@b.com\nBcc: c@d.com"),
        *("a@b.com;c@d.com", "a@b.com, c@d.com", "a@@b.com", "a@b", "a@b..com", ".a@b.com"),
        *("a@b.123", "a@b.c", f"{'a' * 65}@example.com", f"{'张' * 22}@example.com"),
        *("\u200b", "a\u200bb@example.com"),
        *("Li <a@b.com>", "mailto:a@b.com", "a@[127.0.0.1]", f"{'a' * 250}@b.com"),
    ],
)
def test_anything_else_is_rejected(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"name@example\.com") as raised:
        to_email(text, field="customer.email")
    assert raised.value.field == "customer.email"


@pytest.mark.parametrize("text", [None, "", " ", "\u200b\ufeff"])
def test_what_is_empty_to_the_eye_is_none(text: str | None) -> None:
    assert to_email_or_none(text) is None
