from datetime import UTC, datetime, timedelta

from service_desk.rules.messages.whatsapp_session import MARGIN, SESSION, session_end, session_open

AT = datetime(2026, 10, 15, tzinfo=UTC)


def test_a_session_is_a_day_less_a_margin() -> None:
    assert session_open(AT, AT)
    assert session_open(AT, AT + timedelta(hours=23, minutes=57))
    assert not session_open(AT, AT + SESSION - MARGIN)
    assert not session_open(AT, AT + timedelta(days=2))


def test_without_a_message_there_is_no_session() -> None:
    assert session_end(None) is None
    assert not session_open(None, AT)
