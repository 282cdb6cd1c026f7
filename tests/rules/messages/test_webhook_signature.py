import base64
import hmac
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.messages.webhook_signature import secret_of, sign_webhook


def test_the_vector_of_standard_webhooks() -> None:
    """https://github.com/standard-webhooks/standard-webhooks: its libraries are tested with it."""
    assert (
        sign_webhook(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            '{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@given(st.binary(min_size=24, max_size=64), st.text(max_size=50), st.integers(0, 2**40))
def test_signatures_verify_by_the_standard(key: bytes, body: str, timestamp: int) -> None:
    secret = secret_of(key)
    expected = hmac.new(key, f"msg_1.{timestamp}.{body}".encode(), sha256).digest()
    version, _, signature = sign_webhook(secret, "msg_1", timestamp, body).partition(",")
    assert (version, base64.b64decode(signature)) == ("v1", expected)
    for other in (
        sign_webhook(secret, "msg_2", timestamp, body),
        sign_webhook(secret, "msg_1", 2**41, body),
    ):
        assert other != f"v1,{signature}"
