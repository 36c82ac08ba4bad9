"""Folders with everything that the portal or a peer needs, as Lambda has them: unpacked, with bytecode.

The portal is the built zip. The peers share a folder with what pip installs from `peers/requirements.txt`, whole.
Of the descriptions of distributions only those stay that a library asks for when it is imported.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.counting import Subject
from chalicelib.repos.process import tls
from tools.packaging import authorities, proof
from tools.packaging.build import Package, build
from tools.packaging.stage import read

PEERS = Path(__file__).with_name("peers")
PINNED = PEERS / "requirements.txt"
RAW = "raw boto3 handler"
NAMES = {
    RAW: "raw_boto3",
    "Powertools and pydantic": "powertools_pydantic",
    "FastAPI and Mangum": "fastapi_mangum",
    "Litestar and Mangum": "litestar_mangum",
    "Flask and apig-wsgi": "flask_apig_wsgi",
}
"""The peers and their modules."""
NEEDED_BY_BOTO3 = ("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3")
ASKED_FOR = ("litestar-", "opentelemetry_api-")


def package(folder: Path) -> Package:
    """The zip for this machine, or for x86_64 where it cannot run."""
    own = proof.own_architecture()
    return build(read("prod", "us-east-1"), own if own in proof.MACHINES else "x86_64", target=folder)


def runs_here() -> bool:
    """Whether this machine can run what is in the zip."""
    return proof.own_architecture() in proof.MACHINES


def ours(built: Package, folder: Path) -> Subject:
    """The portal, unpacked."""
    return Subject("app", built.unpack(folder / "ours"))


def peers(folder: Path) -> dict[str, Subject]:
    """All peers by name."""
    tree = _installed(folder / "peers", PINNED.read_text(encoding="utf-8"))
    return {name: Subject(module, tree) for name, module in NAMES.items()}


def raw(folder: Path) -> Subject:
    """The raw handler alone, with what boto3 needs."""
    lines, is_needed = [], False
    for line in PINNED.read_text(encoding="utf-8").splitlines(keepends=True):
        is_needed = line.startswith(tuple(f"{name}==" for name in NEEDED_BY_BOTO3)) or (is_needed and line[0] == " ")
        lines += [line] if is_needed else []
    return Subject(NAMES[RAW], _installed(folder / "raw", "".join(lines)))


def _installed(tree: Path, pinned: str) -> Path:
    """A folder with pinned distributions and the modules of the peers, with bytecode."""
    wanted = tree.with_suffix(".txt")
    wanted.write_text(pinned, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "install", "--no-compile", "--no-deps"]
    subprocess.run([*pip, "--target", str(tree), "--require-hashes", "-r", str(wanted)], check=True)
    for metadata in tree.glob("*.dist-info"):
        if not metadata.name.startswith(ASKED_FOR):
            shutil.rmtree(metadata)
    for module in ("asked", *NAMES.values()):
        shutil.copyfile(PEERS / f"{module}.py", tree / f"{module}.py")
    compiled = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "."]
    subprocess.run(compiled, cwd=tree, check=True, stdout=subprocess.DEVNULL)
    return tree


def trust(subject: Subject, authority: Path) -> None:
    """Add an authority to those that the libraries of a folder are shipped with."""
    for file in (*subject.folder.glob("botocore/cacert.pem"), *subject.folder.glob("certifi/cacert.pem")):
        known, added = file.read_text(encoding="utf-8"), authority.read_text(encoding="utf-8")
        if added not in known:
            file.write_text(f"{known}\n{added}", encoding="utf-8")
            if tls.folder_of(file).is_dir():
                authorities.split(file)
