from collections.abc import Iterable
from pathlib import Path

from service_desk.operating.checks import Finding, configuration, data_directory, outbox
from service_desk.settings import Settings


def verdicts(findings: Iterable[Finding]) -> dict[str, str]:
    return {finding.about: finding.verdict for finding in findings}


def test_settings_that_send_nothing_outside_are_noted() -> None:
    found = verdicts(configuration(Settings(demo=True)))
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
    assert verdicts(configuration(settings)) == {"SMS": "ok"}


def test_a_data_directory_that_is_not_there_yet_is_judged_by_the_folder_above(
    tmp_path: Path,
) -> None:
    (finding,) = data_directory(Settings(data_dir=tmp_path / "new/data"))
    assert finding.about == "data"
    assert finding.says.startswith(f"{tmp_path}/new/data, ")


async def test_an_empty_outbox_is_in_order(desk: str) -> None:
    assert (await outbox()).verdict == "ok"
