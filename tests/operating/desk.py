"""`service-desk` as a separate process, on a separate data directory."""

import os
import subprocess
import sys
from pathlib import Path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "service_desk.cli", *arguments]


def environ(data_dir: Path, **more: str) -> dict[str, str]:
    """Without the developer's settings."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return plain | {"DESK_DATA_DIR": str(data_dir)} | more


def run(
    data_dir: Path, *arguments: str, given: str = "", cwd: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        input=given,
        env=environ(data_dir, **more),
        cwd=cwd or data_dir.parent,
        capture_output=True,
        text=True,
    )
