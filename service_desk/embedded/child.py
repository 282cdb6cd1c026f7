"""Becomes another program, which dies with its parent and is not root.

Run as a script (`python -I -S child.py …`), not imported: it changes the process between fork and
exec. PostgreSQL refuses to run as root, so root runs its servers as another user. Where that user
cannot reach the program or its folder (in root's home, for example), the process keeps the one
capability that bypasses file permissions; no permission of a folder is widened.
"""

import argparse
import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
EXIT_CANNOT_START = 77  # the sentence on standard error says why


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--folder")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    if options.uid is not None:
        switch_user(options.uid, options.gid, options.command[0], options.folder)
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, options.death_signal)
        if os.getppid() != options.parent:
            sys.exit(EXIT_CANNOT_START)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(options.command[0], options.command)


def switch_user(uid: int, gid: int, program: str, folder: str | None) -> None:
    if sys.platform == "linux":
        prctl(PR_SET_KEEPCAPS, 1)
    try:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    except OSError as error:
        fail(f"root may not change to user {uid} here ({error.strerror}): run as another user.")
    if can_access(program, folder):
        return
    try:
        keep_file_capability()
    except OSError:
        fail(
            f"PostgreSQL does not run as root, and user {uid} cannot reach {folder or program}: "
            "choose a DESK_DATA_DIR (and a place of installation) that other users can enter."
        )


def can_access(program: str, folder: str | None) -> bool:
    return os.access(program, os.X_OK) and (
        folder is None or os.access(folder, os.R_OK | os.W_OK | os.X_OK)
    )


def keep_file_capability() -> None:
    """Keep CAP_DAC_OVERRIDE, and no other, over the exec."""
    if sys.platform != "linux":
        raise OSError
    bit = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # effective, permitted, inheritable; capabilities 0–31, then 32–63
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(header, data) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)


def prctl(option: int, first: int, second: int = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (ctypes.c_ulong(value) for value in (first, second, 0, 0))
    if libc.prctl(option, *arguments) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def fail(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.exit(EXIT_CANNOT_START)


if __name__ == "__main__":
    main(sys.argv[1:])
