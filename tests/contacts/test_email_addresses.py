import pytest

from service_desk.contacts.email_addresses import to_email
from service_desk.errors import InvalidInput


def test_kept_in_lower_case() -> None:
    assert to_email(" Li.Wei@Example.COM ") == "li.wei@example.com"


@pytest.mark.parametrize("text", ["", "@", "a@", "@b", "li wei@example.com", "a@b\nc"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"name@example\.com") as refused:
        to_email(text, field="customer.email")
    assert refused.value.field == "customer.email"
