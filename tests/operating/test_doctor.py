"""`service-desk doctor` on the servers of this run."""

from pathlib import Path

from service_desk.embedded import Servers
from tests.databases import database_of_its_own
from tests.operating.desk import run, run_here


def findings(output: str) -> dict[str, str]:
    return {line[7:19].strip(): line[:6].strip() for line in output.splitlines()}


GATEWAYS = {
    "PUBLIC_URL": "https://desk.example",
    "FORWARDED_ALLOW_IPS": "127.0.0.1",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "hush",
    "TWILIO_FROM": "+15005550006",
    "SMTP_URL": "smtp://mail.example?from=desk@desk.example",
}


def test_a_desk_in_order(tmp_path: Path, urls: dict[str, str]) -> None:
    done = run(tmp_path / "data", "doctor", cwd=tmp_path, **urls, **GATEWAYS)
    assert (done.returncode, done.stderr) == (0, "")
    found = findings(done.stdout)
    assert found["database"] == found["schema"] == found["valkey"] == found["data"] == "ok"
    assert found["attachments"] == "ok"
    assert found["worker"] == "note"


async def test_a_desk_that_can_send_nothing(tmp_path: Path, urls: dict[str, str]) -> None:
    done = await run_here(tmp_path / "data", "doctor", **urls)
    assert done.code == 1
    found = findings(done.stdout)
    assert (found["SMS"], found["e-mail"]) == ("wrong", "wrong")


async def test_beside_a_running_demo_the_handset_takes_messages(
    tmp_path: Path, urls: dict[str, str]
) -> None:
    data = tmp_path / "data"
    with Servers(data, postgres=False, valkey=False, role="up", demo=True):
        done = await run_here(data, "doctor", **urls)
    found = findings(done.stdout)
    assert (found["SMS"], found["e-mail"], found["demo mode"]) == ("note", "note", "note")
    done = await run_here(data, "doctor", **urls)  # it has stopped
    assert findings(done.stdout)["SMS"] == "wrong"


async def test_an_unreadable_mail_server(tmp_path: Path, urls: dict[str, str]) -> None:
    for url in ("foo", "smtp://me:hush@mail.example", "smtp://mail.example:port?from=a@b.c"):
        done = await run_here(tmp_path / "data", "doctor", **urls, **GATEWAYS | {"SMTP_URL": url})
        assert (done.code, findings(done.stdout)["SMTP_URL"]) == (1, "wrong")
        assert "hush" not in done.stdout


async def test_a_database_that_was_never_migrated(tmp_path: Path, urls: dict[str, str]) -> None:
    async with database_of_its_own(urls["DATABASE_URL"]) as empty:
        done = await run_here(tmp_path / "data", "doctor", **urls | {"DATABASE_URL": empty})
    assert done.code == 1
    assert findings(done.stdout)["schema"] == "wrong"
    assert "run service-desk migrate" in done.stdout


async def test_twilio_needs_a_number_and_an_address_it_can_call(
    tmp_path: Path, urls: dict[str, str]
) -> None:
    twilio = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "hush"}
    done = await run_here(tmp_path / "data", "doctor", **urls | twilio)
    assert done.code == 1
    found = findings(done.stdout)
    assert found["PUBLIC_URL"] == found["TWILIO_FROM"] == "wrong"
    assert "hush" not in done.stdout


async def test_an_attachment_store_that_does_not_exist(
    tmp_path: Path, urls: dict[str, str]
) -> None:
    done = await run_here(tmp_path / "data", "doctor", ATTACHMENTS_URL="bucket/desk", **urls)
    assert done.code == 1
    assert findings(done.stdout)["attachments"] == "wrong"
    assert "s3://bucket/desk" in done.stdout


async def test_servers_that_do_not_answer(tmp_path: Path) -> None:
    done = await run_here(
        tmp_path / "data",
        "doctor",
        DATABASE_URL="postgresql://desk:hush@127.0.0.1:1/desk",
        REDIS_URL="redis://:hush@127.0.0.1:1",
    )
    assert done.code == 1
    assert findings(done.stdout)["servers"] == "wrong"
    assert "hush" not in done.stdout + done.stderr
