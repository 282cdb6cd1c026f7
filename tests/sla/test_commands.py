from pathlib import Path

from tests.command_line import service_desk


async def test_a_replay_that_ends_before_it_begins(desk: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text("{}")
    period = ("--from", "2026-11-02", "--to", "2026-11-01")
    done = await service_desk("sla", "replay", "--policy", policy, *period)
    assert done.code == 2
    assert "ends before it begins" in done.stderr
