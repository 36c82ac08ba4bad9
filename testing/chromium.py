"""The Chromium of the browser tests: `$CHROMIUM`, an installed one, or one from npm. Without any, the tests fail."""

import fcntl
import os
import platform
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "tests" / "web" / "chromium"
FOLDER = ROOT / "build" / "chromium"
NODE = ROOT / ".node" / "bin"
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
OF_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)


def executable() -> str:
    """The path of a Chromium.

    Raises:
        RuntimeError: none is installed, and npm has none for this machine.
    """
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    found = [shutil.which(name) for name in INSTALLED] + [path for path in OF_APPLICATIONS if Path(path).exists()]
    return next((path for path in found if path), None) or _of_npm()


def _of_npm() -> str:
    """Chromium 153 of the npm package `@sparticuz/chromium`, unpacked into build/chromium once."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise RuntimeError(
            "install Chromium, Chrome or Edge, or name one in CHROMIUM: npm has it for Linux x86_64 only"
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Two processes of the tests may come here at the same time.
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        program = FOLDER / "chromium"
        if not program.exists():
            for name in ("package.json", "package-lock.json", ".npmrc", "unpack.js"):
                shutil.copy(PACKAGE / name, FOLDER)
            environment = os.environ | {"PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}"}
            subprocess.run([NODE / "npm", "ci", "--silent"], cwd=FOLDER, env=environment, check=True)
            subprocess.run([NODE / "node", "unpack.js", program], cwd=FOLDER, env=environment, check=True)
            shutil.rmtree(FOLDER / "node_modules")
        return str(program)
