"""`python -m tests.engines`: runs the tests that depend on table semantics on ministack and on dynoxide.

dynoxide has the table only; ministack serves S3, SES and KMS beside it. The binary comes from npm, pinned by version
and hash in package-lock.json, into build/engines. Without npm, or on another platform, dynoxide is skipped.
"""

import os
import platform
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.engine.engine import free_port

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOME = ROOT / "build" / "engines"
BINARY = HOME / "node_modules" / "@dynoxide" / "linux-x64" / "dynoxide"
START_WITHIN = 10.0

FILES = (
    "sandbox/test_engine_contract.py",
    "repos/test_table.py",
    "repos/test_table_faults.py",
    "usecases/test_transaction.py",
    "repos/test_sealing.py",
    "repos/test_statistics.py",
    "assurance/test_writers.py",
    "api/test_transaction_limits.py",
    "api/test_drafts.py",
    "api/test_review.py",
    "api/test_search_pages.py",
    "api/test_idempotency.py",
    "api/test_history.py",
    "api/test_contention.py",
    "api/test_office_search.py",
    "scheduled/test_purge.py",
    "assurance/test_mail_assurance.py",
)


def main() -> int:
    """Run the tests on both engines; return the number of engines with failures."""
    failed = _tests("ministack", {})
    missing = _why_not()
    if missing:
        sys.stdout.write(f"dynoxide is skipped: {missing}\n")
        return failed
    _install()
    with _dynoxide() as url:
        return failed + _tests("dynoxide 1.2.1", {"DYNAMODB_URL": url})


def _tests(engine: str, more: dict[str, str]) -> int:
    sys.stdout.write(f"Table tests on {engine}:\n")
    sys.stdout.flush()
    files = [str(ROOT / "tests" / name) for name in FILES]
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", *files], cwd=ROOT, env=os.environ | more, check=False
    )
    return int(finished.returncode != 0)


def _why_not() -> str:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return f"it is pinned for Linux on x86_64 only, and this is {sys.platform} on {platform.machine()}"
    return "" if BINARY.exists() or shutil.which("npm") else "npm is not installed"


def _install() -> None:
    if BINARY.exists():
        return
    HOME.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, HOME)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HOME, check=True)


@contextmanager
def _dynoxide() -> Iterator[str]:
    """Run dynoxide in memory on a free loopback port; yield its URL."""
    port = free_port()
    with subprocess.Popen([str(BINARY), "serve", "--port", str(port)], stdout=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(url)
            yield url
        finally:
            process.terminate()


def _wait(url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_WITHIN
    while True:
        try:
            opener.open(url, timeout=1).close()
        except urllib.error.HTTPError:
            return  # any HTTP answer means that it is running
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.03)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
