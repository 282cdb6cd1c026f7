"""Errors of the outbox, as agents read them."""

import pytest

from service_desk.i18n.delivery_errors import delivery_error
from service_desk.i18n.twilio_codes import describe_error


@pytest.mark.parametrize(
    ("error", "en", "zh"),
    [
        (describe_error(30003), describe_error(30003), "Twilio 错误 30003：手机关机或不在服务区"),
        (
            "Twilio 400/21610: Attempt to send to unsubscribed recipient",
            "Twilio error 21610: the recipient has opted out",
            "Twilio 错误 21610：收件人已退订",
        ),
        ("Twilio error 99999", "Twilio error 99999", "Twilio error 99999"),
        (
            "Mail server: 550 no {such} user",
            "Mail server: 550 no {such} user",
            "邮件服务器：550 no {such} user",
        ),
        (
            "Twilio did not answer: TimeoutError()",
            "Twilio did not answer: it may have gone out.",
            "Twilio 没有应答，可能已发出。",
        ),
        (
            "Wrong settings: TWILIO_ACCOUNT_SID or _AUTH_TOKEN. Twilio 401/20003: Authenticate",
            "The desk's own settings are rejected. Tell the operator to run service-desk doctor.",
            "系统自身的发送设置被拒绝，请告知系统管理员运行 service-desk doctor。",
        ),
        ("something else", "something else", "something else"),
    ],
)
def test_the_explanation_of_an_error(error: str, en: str, zh: str) -> None:
    assert delivery_error(error, "en") == en
    assert delivery_error(error, "zh") == zh
