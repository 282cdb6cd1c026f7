import csv
from pathlib import Path

import pytest

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.imports.files.mapping import read_mapping
from tests.command_line import installed_service_desk, service_desk
from tests.imports.source_files import HEADER, MAPPING, ROWS, csv_of

BAD = ("4", "", "someday", "3:00:00 PM", "Net", "Open")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A file and its mapping."""
    file, mapping = tmp_path / "old.csv", tmp_path / "old.toml"
    file.write_bytes(csv_of((*ROWS, BAD)))
    mapping.write_text(MAPPING)
    return file, mapping


async def test_an_import_reports_tickets_and_rejected_rows(
    desk: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    file, mapping = files
    rejected = tmp_path / "rejected.csv"
    done = await installed_service_desk(
        "import", file, "--mapping", mapping, "--rejected", rejected
    )
    assert (done.code, done.stdout) == (0, "3 tickets imported, 1 rows rejected.\n"), done.stderr
    assert "Rejected rows" in done.stderr
    with rejected.open(encoding="utf-8-sig", newline="") as report:
        rows = list(csv.reader(report))
    assert rows[1] == ["5", "Text", "Empty, but subject is required."]
    assert [row[1] for row in rows[1:]] == ["Text", "Day"]
    assert await fetch_value("SELECT count(*) FROM ticket") == 3

    again = await service_desk("import", file, "--mapping", mapping)
    assert (again.code, again.stdout) == (1, "0 tickets imported, 4 rows rejected.\n")


async def test_a_mapping_for_another_file_fails_with_a_message(
    desk: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    file, mapping = files
    file.write_bytes(csv_of(header=HEADER[:-1]))
    done = await service_desk("import", file, "--mapping", mapping)
    assert done.code == 1
    assert "reads the column “Status”" in done.stderr
    assert "Traceback" not in done.stderr
    assert await fetch("SELECT * FROM import_run") == []
    missing = await service_desk("import", tmp_path / "nothing.csv", "--mapping", mapping)
    assert missing.code == 2


async def test_an_unwritable_rejected_file_fails_before_the_import(
    desk: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    file, mapping = files
    missing = tmp_path / "nowhere" / "r.csv"
    done = await service_desk("import", file, "--mapping", mapping, "--rejected", missing)
    assert done.code == 2
    assert "cannot be written: No such file or directory" in done.stderr
    assert await fetch("SELECT * FROM import_run") == []


@pytest.mark.parametrize("name", ["dated-two-ways.toml", "cars-zh.toml", "cars-en.toml"])
async def test_the_mappings_in_the_docs_are_valid(name: str, desk: str, tmp_path: Path) -> None:
    """With a file that has their columns and no rows."""
    path = Path(__file__).parents[2] / "docs/mappings" / name
    mapping = read_mapping(path.read_bytes())
    file = tmp_path / "file.csv"
    encoding = "utf-8" if mapping.encoding == "auto" else mapping.encoding
    file.write_text(",".join(mapping.columns()) + "\n", encoding=encoding)
    done = await service_desk("import", file, "--mapping", path)
    assert (done.code, done.stdout) == (0, "0 tickets imported, 0 rows rejected.\n"), done.stderr
    row = await fetch_one("SELECT state FROM import_run")
    assert row is not None
    assert row["state"] == "done"
