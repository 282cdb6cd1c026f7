import pytest

from service_desk.contacts.email_addresses import to_email
from service_desk.errors import InvalidInput


def test_stored_in_lower_case() -> None:
    assert to_email(" Li.Wei@Example.COM ") == "li.wei@example.com"


@pytest.mark.parametrize("text", ["", "@", "a@", "@b", "li wei@example.com", "a@b\nc"])
def test_anything_else_is_rejected(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"name@example\.com") as raised:
        to_email(text, field="customer.email")
    assert raised.value.field == "customer.email"
