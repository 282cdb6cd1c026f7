"""What `make setup` says: what it is doing, and of a failure the reason."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps")


def step(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(ROOT / "set_up.py"), "Python packages", *command],
        capture_output=True,
        text=True,
    )


def test_without_a_network_one_sentence_says_so(tmp_path: Path) -> None:
    nowhere = (
        "--index-url",
        "http://127.0.0.1:9/simple",
        "--retries",
        "1",
        "--isolated",
        "--no-cache-dir",
    )
    requirements = tmp_path / "run.txt"
    requirements.write_text("piccolo==1.38.0\n")
    done = step(*PIP, *nowhere, "--target", str(tmp_path), "-r", str(requirements))
    assert done.returncode != 0
    assert done.stdout == "  Python packages: …\n  Python packages: failed\n"
    assert done.stderr.startswith(
        "Python packages could not be fetched: the network does not reach 127.0.0.1"
    )
    assert done.stderr.count("\n") == 1


def test_another_failure_is_told_as_it_is() -> None:
    done = step(sys.executable, "-c", "print('no space left'); raise SystemExit(3)")
    assert (done.returncode, done.stderr) == (3, "no space left\n")


def test_it_says_what_it_is_doing() -> None:
    lines = "Collecting litestar==2\\nDownloading it\\nInstalling collected packages: a, b"
    done = step(sys.executable, "-c", f"print('{lines}')")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "  Python packages: …",
        "  Python packages: installing them",
        "  Python packages: ready",
    ]


def test_a_command_that_is_missing_is_named() -> None:
    done = step("/nowhere/python")
    assert done.returncode == 1
    assert done.stderr == (
        "Python packages: /nowhere/python cannot be run (No such file or directory).\n"
    )
