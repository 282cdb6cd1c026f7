from collections.abc import Iterable
from pathlib import Path

from service_desk.operating.checks import (
    Finding,
    check_data_directory,
    check_outbox,
    check_settings,
)
from service_desk.settings import Settings


def verdicts(findings: Iterable[Finding]) -> dict[str, str]:
    return {finding.subject: finding.verdict for finding in findings}


def test_channels_without_a_gateway_are_noted() -> None:
    found = verdicts(check_settings(Settings(demo=True)))
    assert found == {"SMS": "note", "e-mail": "note", "demo mode": "note"}


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
