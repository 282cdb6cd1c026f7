"""The keys under which a form counts once."""

from io import BytesIO

import pytest

from service_desk.attachments.schemas import Upload
from service_desk.idempotency.nonces import content_key, new_nonce, nonce_key, valid_nonce

FORM = {"nonce": "n" * 22, "subject": "It leaks"}


def photo(content: bytes) -> Upload:
    return Upload("photo.jpg", "image/jpeg", BytesIO(content))


def test_a_new_nonce_is_valid_and_unlike_any_other() -> None:
    nonces = {new_nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert {valid_nonce({"nonce": nonce}) for nonce in nonces} == nonces


@pytest.mark.parametrize("nonce", ["", "short", "n" * 65, "n" * 16 + "'", "n" * 16 + "\n"])
def test_without_a_valid_nonce_every_submission_counts(nonce: str) -> None:
    form = FORM | {"nonce": nonce}
    assert valid_nonce(form) is None
    assert nonce_key(form) != nonce_key(form)
    assert content_key(form) != content_key(form)


def test_a_form_counts_once_whatever_was_typed() -> None:
    assert nonce_key(FORM) == nonce_key(FORM | {"subject": "It drips"}) == f"web:{'n' * 22}"


def test_a_form_that_was_edited_after_going_back_counts_again() -> None:
    key = content_key(FORM, [photo(b"one")])
    assert key == content_key(dict(reversed(FORM.items())), [photo(b"one")])
    assert key.startswith(nonce_key(FORM))
    assert key != content_key(FORM | {"subject": "It drips"}, [photo(b"one")])
    assert key != content_key(FORM, [photo(b"two")])
    assert key != content_key(FORM)
