"""`sla verify` and `sla replay` on the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service_desk.clocks import verification
from service_desk.clocks.scenarios import read_scenario
from service_desk.database import fetch, transaction
from service_desk.rules.calendars.business_time import Calendar
from service_desk.sla_settings.editing import save_calendar
from service_desk.tickets import conversation
from tests.command_line import Done, installed_service_desk, service_desk
from tests.factories import NOW, make_staff, make_ticket

HOUR = timedelta(hours=1)
OFFICE = Calendar(week={"thu": [("09:00", "12:00")]})
PERIOD = ("--from", "2026-10-15", "--to", "2026-10-15")


async def replayed(folder: Path, policy: object, *more: str) -> Done:
    file = folder / "policy.json"
    file.write_bytes(msgspec.json.encode(policy))
    return await service_desk("sla", "replay", "--policy", file, *PERIOD, *more)


async def test_verify_exits_0_without_differences_and_1_with_one(desk: str) -> None:
    number, agent = (await make_ticket(at=datetime.now(UTC))).number, await make_staff()
    await conversation.reply(number, "Hi", staff_id=agent, now=datetime.now(UTC))
    done = await installed_service_desk("sla", "verify")
    assert (done.code, done.stdout) == (0, "1 tickets verified, 0 differences.\n")
    await fetch("UPDATE clock SET due_at = due_at + interval '1 hour' WHERE name = 'handling'")
    done = await service_desk("sla", "verify")
    assert done.code == 1
    assert f"{number}: handling 1: due_at: stored " in done.stdout
    assert done.stdout.endswith("1 tickets verified, 1 differences.\n")


async def test_several_processes_find_what_one_does(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "PART", 2)
    numbers = [
        (await make_ticket(phone=f"+861380013800{n}", at=datetime.now(UTC))).number
        for n in range(5)
    ]
    whole = "5 tickets verified, 0 differences.\n"
    done = await service_desk("sla", "verify", "--jobs", "all")
    assert (done.code, done.stdout) == (0, whole), done.stderr
    await fetch("UPDATE clock SET due_at = due_at + interval '1 hour' WHERE name = 'handling'")
    alone = await service_desk("sla", "verify")
    shared = await service_desk("sla", "verify", "--jobs", "2")
    assert (shared.code, shared.stdout) == (alone.code, alone.stdout)
    assert [line.split(":")[0] for line in shared.stdout.splitlines()[:-1]] == numbers
    assert shared.stderr.count("verified") == shared.stderr.count("verified 5 tickets") == 1


@pytest.mark.parametrize("jobs", ["-1", "two"])
async def test_jobs_is_a_number_of_processes_or_all(jobs: str) -> None:
    done = await service_desk("sla", "verify", "--jobs", jobs)
    assert done.code == 2
    assert "Give a number of processes, or all." in done.stderr


async def test_a_replay_lists_every_ticket_with_another_outcome(desk: str, tmp_path: Path) -> None:
    """A milder policy; a clock that it does not promise is neither met nor missed."""
    agent = await make_staff()
    numbers = [(await make_ticket(phone=f"+86138001380{n:02}")).number for n in range(55)]
    for number in numbers:
        await conversation.reply(number, "Hi", staff_id=agent, now=NOW + 3 * HOUR)
    policy = {"name": "mild", "targets": {"response": 4 * 3600}}
    done = await replayed(tmp_path, policy)
    assert done.code == 0, done.stderr
    for number in numbers:
        assert f"{number}: response since 2026-10-15 10:00:00: missed → met\n" in done.stdout
        assert f"{number}: handling since 2026-10-15 10:00:00: missed → none\n" in done.stdout
    rows = [line.strip("│ ").split("│") for line in done.stdout.splitlines() if "│" in line]
    shown = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    assert shown["response"] == ["55", "0.0%", "100.0%", "+100.0%"]
    assert shown["handling"] == ["55 → 0", "0.0%", "–", "–"]

    done = await replayed(tmp_path, policy, "--json")
    result: dict[str, Any] = msgspec.json.decode(done.stdout)
    assert (result["tickets"], len(result["changed"])) == (55, 3 * 55)
    assert result["changed"][0] == {
        "number": numbers[0],
        "clock": "response",
        "started_at": "2026-10-15T02:00:00Z",
        "was": "missed",
        "would_be": "met",
    }


async def test_an_unreadable_history_is_reported(desk: str, tmp_path: Path) -> None:
    number = (await make_ticket()).number
    async with transaction():
        await fetch("SET LOCAL session_replication_role = replica")
        await fetch("UPDATE ticket_event SET data = '{}' WHERE type = 'sla.policy_applied'")
    done = await service_desk("sla", "verify")
    assert done.code == 1
    assert f"{number}: history unreadable: sla.policy_applied of {NOW}: Object" in done.stdout
    assert done.stdout.endswith("1 tickets verified, 1 differences.\n")
    done = await replayed(tmp_path, {"name": "mild", "targets": {"response": 60}})
    assert done.code == 0
    assert f"{number}: skipped, its history is unreadable: sla.policy" in done.stderr


async def test_a_policy_file_may_use_a_calendar_of_the_desk(desk: str, tmp_path: Path) -> None:
    supervisor = await make_staff("supervisor")
    await save_calendar("office", OFFICE, apply_to_open=False, staff_id=supervisor, now=NOW)
    number = (await make_ticket()).number  # Thursday, 10:00 in Shanghai
    await conversation.reply(number, "Hi", staff_id=supervisor, now=NOW + 24 * HOUR)
    policy = {"name": "office hours", "targets": {"response": 3 * 3600}, "calendar": "office"}
    done = await replayed(tmp_path, policy)
    assert done.code == 0, done.stderr
    assert f"{number}: response since 2026-10-15 10:00:00: missed → met" in done.stdout
    own = Calendar(week={"fri": [("09:00", "12:00")]})
    file = tmp_path / "own.json"
    file.write_bytes(msgspec.json.encode({"policies": [policy], "calendars": {"office": own}}))
    assert (await read_scenario(file)).calendars == {"office": own}


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"policies": []}, "Give at least one policy"),
        ({"name": "x", "targets": {"respons": 60}}, "'respons' is not known"),
        (
            {"name": "x", "targets": {"response": 60}, "calendar": "nowhere"},
            'neither the file nor the desk has; define it under "calendars"',
        ),
        (
            {
                "policies": [{"name": "x", "targets": {"response": 60}}],
                "calendars": {"xmas": {"week": {}, "date_hours": {"2026-12-24": [["9", "10"]]}}},
            },
            "'9' is not a time of day",
        ),
    ],
)
async def test_invalid_policy_files_are_rejected(
    desk: str, tmp_path: Path, policy: object, message: str
) -> None:
    done = await replayed(tmp_path, policy)
    assert done.code == 1
    assert message in " ".join(done.stderr.split())


async def test_a_period_that_ends_before_it_starts_is_rejected(desk: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text("{}")
    period = ("--from", "2026-11-02", "--to", "2026-11-01")
    done = await service_desk("sla", "replay", "--policy", policy, *period)
    assert done.code == 2
    assert "ends before it starts" in done.stderr
