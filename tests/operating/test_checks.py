from collections.abc import Iterable
from pathlib import Path

from service_desk.database import fetch
from service_desk.operating.checks import (
    Finding,
    check_data_directory,
    check_outbox,
    check_settings,
    check_unknown_messages,
)
from service_desk.settings import Settings
from service_desk.tickets.conversation import reply
from tests.factories import NOW, make_staff, make_ticket


def verdicts(findings: Iterable[Finding]) -> dict[str, str]:
    return {finding.subject: finding.verdict for finding in findings}


def test_the_handset_is_noted() -> None:
    found = verdicts(check_settings(Settings(demo=True)))
    assert found == {"SMS": "note", "e-mail": "note", "demo mode": "note"}


def test_channels_without_a_gateway_are_wrong() -> None:
    assert verdicts(check_settings(Settings())) == {"SMS": "wrong", "e-mail": "wrong"}


def test_settings_in_order() -> None:
    settings = Settings(
        public_url="https://desk.example",
        forwarded_allow_ips="127.0.0.1",
        twilio_account_sid="AC1",
        twilio_auth_token="hush",
        twilio_from="+15005550006",
        smtp_url="smtp://mail.example?from=desk@desk.example",
    )
    assert verdicts(check_settings(settings)) == {"SMS": "ok"}


def test_a_data_directory_that_does_not_exist_is_judged_by_its_parent(
    tmp_path: Path,
) -> None:
    (finding,) = check_data_directory(Settings(data_dir=tmp_path / "new/data"))
    assert finding.subject == "data"
    assert finding.detail.startswith(f"{tmp_path}/new/data, ")


async def test_an_empty_outbox_is_in_order(desk: str) -> None:
    assert (await check_outbox()).verdict == "ok"


def test_a_secret_that_can_be_guessed_is_wrong() -> None:
    assert verdicts(check_settings(Settings(secret_key="a")))["SECRET_KEY"] == "wrong"
    assert "SECRET_KEY" not in verdicts(check_settings(Settings(secret_key="s" * 16)))


async def test_messages_of_unknown_outcome_are_noted(desk: str) -> None:
    assert await check_unknown_messages() is None
    ticket = await make_ticket()
    await reply(ticket.number, "We will call.", staff_id=await make_staff(), now=NOW)
    await fetch(
        "UPDATE outbox SET state = 'unknown', next_attempt_at = NULL WHERE message IS NOT NULL"
    )
    found = await check_unknown_messages()
    assert found is not None
    assert found.detail.startswith("1 messages may have gone out or not")
