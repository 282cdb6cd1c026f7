"""One step of `make setup`: runs a command, says what it is doing, and why it failed.

    python set_up.py "Python packages" .venv/bin/python -m pip install …

Uses nothing but Python: it runs before anything is installed.
"""

import re
import subprocess
import sys
from collections import deque
from collections.abc import Sequence

KEPT_LINES = 400
NETWORK = re.compile(
    "connection broken by|Max retries exceeded|NewConnectionError|NameResolutionError"
    "|name resolution|Network is unreachable|Connection refused|timed out|ProxyError"
    "|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH"
)
HOST = re.compile(r"host='([^']+)'|https?://([^/\s'\"]+)")
DOING = (
    (re.compile(r"Collecting ([\w.-]+)"), "fetching {}"),
    (re.compile(r"Installing collected packages"), "installing them"),
    (re.compile(r"Preparing editable metadata|Building editable"), "fetching what pages load"),
)


def main(what: str, command: Sequence[str]) -> int:
    """The exit code of the command, whose output is shown only if it fails."""
    lines: deque[str] = deque(maxlen=KEPT_LINES)
    progress = Progress(what)
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
    except OSError as error:
        print(f"{what}: {command[0]} cannot be run ({error.strerror}).", file=sys.stderr)
        return 1
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        progress.follow(line)
    code = process.wait()
    progress.end("ready" if code == 0 else "failed")
    if code:
        print(reason(what, "".join(lines)), file=sys.stderr)
    return code


def reason(what: str, output: str) -> str:
    """A sentence if it is the network, else all that the command said."""
    if not NETWORK.search(output):
        return output.strip()
    found = HOST.search(output)
    place = next((name for name in found.groups() if name), "") if found else ""
    return (
        f"{what} could not be fetched: the network does not reach {place or 'their registry'}. "
        "Connect this machine (or name a mirror: PIP_INDEX_URL, npm_config_registry; or a proxy: "
        "HTTPS_PROXY), then run make again; what is fetched already is kept."
    )


class Progress:
    """What is being done: on a terminal one line that changes, else a line for each stage."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.number = 0
        self.stage = ""
        self.terminal = sys.stdout.isatty()
        self._show("…", stage=True)

    def follow(self, line: str) -> None:
        for pattern, words in DOING:
            if found := pattern.search(line):
                self.number += 1
                fetching = bool(found.groups())
                text = words.format(*found.groups())
                counted = f"{text} ({self.number})" if fetching else text
                self._show(counted, stage=not fetching or self.number % 25 == 0)

    def end(self, text: str) -> None:
        self._show(text, stage=True)
        if self.terminal:
            print()

    def _show(self, text: str, *, stage: bool) -> None:
        if self.terminal:
            print(f"\r\x1b[K  {self.what}: {text}"[:100], end="", flush=True)
        elif stage and text != self.stage:
            self.stage = text
            print(f"  {self.what}: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
