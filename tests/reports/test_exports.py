import zipfile
from datetime import UTC
from pathlib import Path

from service_desk.reports.exports import export_month
from tests.reports.october import NOVEMBER_2ND, OCTOBER, october


async def test_two_runs_are_the_same_workbook(desk: str, tmp_path: Path) -> None:
    await october()
    for name in ("one.xlsx", "two.xlsx"):
        export = await export_month(OCTOBER, locale="en", now=NOVEMBER_2ND)
        await export.write_xlsx(tmp_path / name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.xlsx") as archive:
        properties = archive.read("docProps/core.xml").decode()
    assert f"{NOVEMBER_2ND.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" in properties
