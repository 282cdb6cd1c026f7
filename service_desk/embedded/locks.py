"""File locks that end with their processes.

A lock belongs to an open file, and so to every process that inherited it. Servers inherit the
lock of their folder: if it can be taken, none of their processes is alive, whatever a stale pid
file says. The kernel releases it on any death, including `kill -9`.
"""

import fcntl
import os
import time
from pathlib import Path


def take_lock(path: Path, *, shared: bool = False, timeout: float = 0) -> int | None:
    """The descriptor that holds the lock; None if another process has it still after `timeout`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(descriptor)
                return None
            time.sleep(0.02)
        else:
            return descriptor


def is_locked(path: Path) -> bool:
    """Whether a process holds it exclusively."""
    if not path.exists():
        return False
    descriptor = take_lock(path, shared=True)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
