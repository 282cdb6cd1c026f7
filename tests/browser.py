"""What tests need from npm: a Chromium, and what makes clients in TypeScript.

The Chromium is a headless one of our own in .venv, else the system's.

`make test` must work without root on a machine that has only Python and make, so set-up (`python
-m tests.browser`) takes Chromium from the npm package `@sparticuz/chromium`, which carries it and
the few libraries it needs beside libc. It is a headless shell: the tests take two thirds of the
processor time that the system's Chromium takes. Neither is sure to bring Chinese fonts: tests look
at text, not at glyphs.
"""

import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
OWN = Path(sys.prefix) / "chromium"
NODE_MODULES = Path(sys.prefix) / "node_modules"
SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
LAUNCH_ARGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    # Half of what a page costs was painting it again and again while it loads. This list takes the
    # place of Playwright's, which paints at once ("PaintHolding").
    "--disable-features=RenderDocument",
]

START_SCRIPT = """\
#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
[ -d /usr/share/fonts ] || export FONTCONFIG_PATH="$here"
exec "$here/headless-shell" "$@"
"""

FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


def chromium() -> str:
    """Path of the executable, for Playwright's `launch(executable_path=…, args=LAUNCH_ARGS)`."""
    if given := os.environ.get("CHROMIUM"):
        return given
    if (own := OWN / "chromium").exists():
        return str(own)
    for name in SYSTEM:
        if path := shutil.which(name):
            return path
    if MAC.exists():
        return str(MAC)
    raise FileNotFoundError("No Chromium for the browser tests: run `make setup-dev` first.")


def install() -> None:
    """Into .venv, what the lock file names."""
    from hatch_build import npm_ci

    lock = (ROOT / "package-lock.json").read_text()
    stamp = NODE_MODULES / ".installed"
    ours = needs_own_chromium()
    if stamp.is_file() and stamp.read_text() == lock and not ours:
        return
    with tempfile.TemporaryDirectory() as folder:
        modules = npm_ci(ROOT, Path(folder))
        if ours:
            unpack(modules / "@sparticuz/chromium/bin", Path(folder) / "chromium")
        for name in ("@sparticuz", "echarts"):  # 130 MB
            shutil.rmtree(modules / name)
        shutil.rmtree(NODE_MODULES, ignore_errors=True)
        shutil.move(modules, NODE_MODULES)
    stamp.write_text(lock)


def needs_own_chromium() -> bool:
    """It runs on Linux; elsewhere there must be one already."""
    if os.environ.get("CHROMIUM") or (OWN / "chromium").exists():
        return False
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        return True
    try:
        chromium()
    except FileNotFoundError:
        sys.exit(
            "The browser tests need a Chromium, and none is packaged for this kind of machine: "
            "install Chromium or Chrome, or name one in the variable CHROMIUM."
        )
    return False


def unpack(packed: Path, made: Path) -> None:
    made.mkdir()
    (made / "headless-shell").write_bytes(unpacked(packed / "chromium.br"))
    untar(packed / "al2023.tar.br", made)
    untar(packed / "swiftshader.tar.br", made)
    untar(packed / "fonts.tar.br", made)
    (made / "fonts.conf").write_text(FONTS_CONF)
    (made / "chromium").write_text(START_SCRIPT)
    for name in ("chromium", "headless-shell"):
        (made / name).chmod(0o755)
    shutil.rmtree(OWN, ignore_errors=True)
    shutil.move(made, OWN)


def untar(packed: Path, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(unpacked(packed))) as archive:
        # Python before 3.11.4 has no filters; the archive is pinned by its hash
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        archive.extractall(folder)


def unpacked(packed: Path) -> bytes:
    """Brotli is not in Python's standard library; it is in Node's."""
    from hatch_build import npm

    script = "process.stdin.pipe(require('zlib').createBrotliDecompress()).pipe(process.stdout)"
    with packed.open("rb") as source:
        return subprocess.run(
            [npm()[0], "-e", script], stdin=source, stdout=subprocess.PIPE, check=True
        ).stdout


if __name__ == "__main__":
    install()
