"""A program under child.py: its user, and when it ends."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from service_desk.embedded.child import EXIT_CANNOT_START
from service_desk.embedded.server import child_command, server_user

PARENT = """
import signal, subprocess, sys, time
from service_desk.embedded.server import child_command
process = subprocess.Popen(child_command(["/bin/sleep", "60"], signal.SIGTERM))
print(process.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        child.wait(10)


def test_it_does_not_start_when_its_parent_is_gone() -> None:
    command = child_command(["/bin/echo", "alive"], signal.SIGTERM)
    command[command.index("--parent") + 1] = "1"
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (EXIT_CANNOT_START, "")


def test_a_closed_pipe_ends_it() -> None:
    """Python ignores SIGPIPE; its children must not."""
    shell = ["/bin/sh", "-c", "kill -PIPE $$; echo alive"]
    done = subprocess.run(child_command(shell, signal.SIGTERM), capture_output=True)
    assert done.returncode == -signal.SIGPIPE


@pytest.mark.parametrize(("mode", "capabilities"), [(0o755, 0), (0o700, 1 << 1)])
def test_root_becomes_another_user(mode: int, capabilities: int) -> None:
    """With a capability only where the folder cannot be reached."""
    if os.geteuid() != 0:
        assert server_user(Path("/tmp")) is None
        return
    nobody = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory(dir="/tmp") as outer:
        os.chmod(outer, mode)
        folder = Path(outer) / "data"
        folder.mkdir(mode=0o700)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        script = f"id -u; id -G; touch {folder}/made; grep CapEff /proc/self/status"
        status = subprocess.run(
            child_command(
                ["/bin/sh", "-c", script],
                signal.SIGTERM,
                user=(nobody.pw_uid, nobody.pw_gid),
                folder=folder,
            ),
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
        ).stdout.split()
        assert status[:2] == [str(nobody.pw_uid), str(nobody.pw_gid)]
        assert int(status[3], 16) == capabilities
        assert (folder / "made").stat().st_uid == nobody.pw_uid
        assert Path(outer).stat().st_mode & 0o777 == mode
