import json
from pathlib import Path

from openpyxl import load_workbook

from tests.command_line import installed_service_desk, service_desk
from tests.reports.october import october


async def test_the_format_follows_the_file_name(desk: str, tmp_path: Path) -> None:
    await october()
    done = await service_desk("report", "2026-10", "--format", "xlsx", "-o", tmp_path / "r.xlsx")
    assert (done.code, done.stdout) == (
        0, f"{tmp_path}/r.xlsx: 4 tickets received in 2026-10.\n",
    ), done.stderr  # fmt: skip
    assert load_workbook(tmp_path / "r.xlsx").sheetnames[0] == "封面"
    done = await installed_service_desk("report", "2026-10", "-o", tmp_path / "r.json")
    assert done.code == 0, done.stderr
    assert json.loads((tmp_path / "r.json").read_bytes())["totals"]["received"] == 4
    done = await service_desk("report", "2026-10", "--format", "csv", folder=tmp_path)
    assert done.code == 0, done.stderr
    assert len((tmp_path / "complaints-2026-10.csv").read_text().splitlines()) == 5


async def test_as_of_and_bad_usage(desk: str, tmp_path: Path) -> None:
    await october()
    path = tmp_path / "r.json"
    then = await service_desk(
        "report", "2026-10", "-o", path, "--as-of", "2026-10-24T00:00:00+08:00"
    )
    assert then.code == 0, then.stderr
    assert json.loads(path.read_bytes())["totals"]["received"] == 3
    wrong = await service_desk("report", "2026-10", "-o", path, "--as-of", "yesterday")
    assert wrong.code == 2
    assert "is not a time with a UTC offset" in wrong.stderr
    assert (await service_desk("report", "2026-99", "-o", path)).code == 2
    assert (await service_desk("report", "2026-10", "--format", "doc")).code == 2


async def test_an_unwritable_file_is_refused_at_once(desk: str, tmp_path: Path) -> None:
    for name in ("r.xlsx", "r.csv"):
        refused = await service_desk("report", "2026-10", "-o", tmp_path / "nowhere" / name)
        assert refused.code == 2
        assert "cannot be written: No such file or directory" in refused.stderr
        assert "Traceback" not in refused.stderr
