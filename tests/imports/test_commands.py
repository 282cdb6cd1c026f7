import csv
from pathlib import Path

import pytest

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.imports.files.mapping import read_mapping
from tests.command_line import service_desk
from tests.imports.source_files import HEADER, MAPPING, ROWS, csv_of

BAD = ("4", "", "someday", "3:00:00 PM", "Net", "Open")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A file and its mapping."""
    file, mapping = tmp_path / "old.csv", tmp_path / "old.toml"
    file.write_bytes(csv_of((*ROWS, BAD)))
    mapping.write_text(MAPPING)
    return file, mapping


async def test_an_import_tells_what_went_in_and_what_did_not(
    desk: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    file, mapping = files
    rejected = tmp_path / "rejected.csv"
    done = await service_desk("import", file, "--mapping", mapping, "--rejected", rejected)
    assert (done.code, done.stdout) == (0, "3 tickets imported, 1 rows rejected.\n"), done.stderr
    assert "Rejected rows" in done.stderr
    with rejected.open(encoding="utf-8-sig", newline="") as told:
        rows = list(csv.reader(told))
    assert rows[1] == ["5", "Text", "Empty; every ticket needs its subject."]
    assert [row[1] for row in rows[1:]] == ["Text", "Day"]
    assert await fetch_value("SELECT count(*) FROM ticket") == 3

    again = await service_desk("import", file, "--mapping", mapping)
    assert (again.code, again.stdout) == (1, "0 tickets imported, 4 rows rejected.\n")


async def test_a_mapping_that_does_not_fit_fails_with_a_sentence(
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


async def test_rejections_that_cannot_be_written_stop_it_before_it_begins(
    desk: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    file, mapping = files
    place = tmp_path / "nowhere" / "r.csv"
    done = await service_desk("import", file, "--mapping", mapping, "--rejected", place)
    assert done.code == 2
    assert "cannot be written: No such file or directory" in done.stderr
    assert await fetch("SELECT * FROM import_run") == []


@pytest.mark.parametrize("name", ["dated-two-ways.toml", "cars-zh.toml", "cars-en.toml"])
async def test_the_mappings_of_the_manual_can_be_read(name: str, desk: str, tmp_path: Path) -> None:
    """On a file that has their columns and nothing in it."""
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
