import os
import subprocess
import sys
from pathlib import Path

from service_desk.embedded.locks import is_locked, take_lock


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    lock = take_lock(tmp_path / "lock")
    assert lock is not None
    assert is_locked(tmp_path / "lock")
    assert take_lock(tmp_path / "lock") is None
    os.close(lock)
    assert not is_locked(tmp_path / "lock")


def test_a_shared_lock_has_many_holders(tmp_path: Path) -> None:
    one = take_lock(tmp_path / "lock", shared=True)
    two = take_lock(tmp_path / "lock", shared=True)
    assert one is not None
    assert two is not None
    assert take_lock(tmp_path / "lock") is None
    assert not is_locked(tmp_path / "lock")
    os.close(one)
    os.close(two)


def test_a_process_that_inherits_it_holds_it(tmp_path: Path) -> None:
    lock = take_lock(tmp_path / "lock")
    assert lock is not None
    script = "import sys; sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, pass_fds=[lock]
    ) as child:
        os.close(lock)
        assert is_locked(tmp_path / "lock")
        child.kill()
    assert not is_locked(tmp_path / "lock")


def test_without_a_file_it_is_not_locked(tmp_path: Path) -> None:
    assert not is_locked(tmp_path / "lock")
    assert not (tmp_path / "lock").exists()
