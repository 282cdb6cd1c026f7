from pathlib import Path

from tests.operating.desk import run


def findings(output: str) -> dict[str, str]:
    return {line[7:19].strip(): line[:6].strip() for line in output.splitlines()}


def test_a_desk_in_order(migrated_dir: Path) -> None:
    done = run(migrated_dir, "doctor")
    assert done.returncode == 0
    found = findings(done.stdout)
    assert found["database"] == found["schema"] == found["valkey"] == found["data"] == "ok"
    assert found["attachments"] == "ok"
    assert found["worker"] == "note"


def test_a_database_that_was_never_migrated(data_dir: Path) -> None:
    done = run(data_dir, "doctor")
    assert done.returncode == 1
    assert findings(done.stdout)["schema"] == "wrong"
    assert "run service-desk migrate" in done.stdout


def test_twilio_needs_a_number_and_an_address_it_can_call(data_dir: Path) -> None:
    done = run(data_dir, "doctor", TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="hush")
    assert done.returncode == 1
    found = findings(done.stdout)
    assert found["PUBLIC_URL"] == found["TWILIO_FROM"] == "wrong"
    assert "hush" not in done.stdout


def test_an_attachment_store_that_does_not_exist(migrated_dir: Path) -> None:
    done = run(migrated_dir, "doctor", ATTACHMENTS_URL="bucket/desk")
    assert done.returncode == 1
    assert findings(done.stdout)["attachments"] == "wrong"
    assert "s3://bucket/desk" in done.stdout


def test_servers_that_do_not_answer(data_dir: Path) -> None:
    done = run(
        data_dir,
        "doctor",
        DATABASE_URL="postgresql://desk:hush@127.0.0.1:1/desk",
        REDIS_URL="redis://:hush@127.0.0.1:1",
    )
    assert done.returncode == 1
    assert findings(done.stdout)["servers"] == "wrong"
    assert "hush" not in done.stdout + done.stderr
