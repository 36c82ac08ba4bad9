"""`make package`: build, prove, say what it weighs, write what it consists of."""

import json
import os
import sys
import tempfile
from pathlib import Path

from tools.packaging import build, proof
from tools.packaging.build import Package
from tools.packaging.stage import Unconfigured, read
from tools.sbom import __main__ as sbom

HEAVIEST = 10


def main() -> int:
    """Package for the stage, the architecture and the region named by STAGE, ARCH and REGION."""
    try:
        stage = read(os.environ.get("STAGE") or "prod", os.environ.get("REGION", ""))
        package = build.build(stage, os.environ.get("ARCH") or build.DEFAULT_ARCHITECTURE)
        prove(package)
    except (proof.Unfit, Unconfigured) as unfit:
        print(f"Not fit to be deployed: {unfit}", file=sys.stderr)
        return 1
    for distribution, size in package.weights()[:HEAVIEST]:
        print(f"{size / 1e6:7.2f} MB  {distribution}")
    print(
        f"{package.archive.name}: {package.size / 1e6:.2f} MB of {proof.MOST_BYTES / 1e6:.0f}, sha256 {package.digest}"
    )
    return sbom.main(["--archive", str(package.archive)])


def prove(package: Package) -> None:
    """Check a package; `proof.Unfit` says what is wrong with it."""
    proof.check_size(package.size)
    proof.check_template_size(package.template)
    proof.check_architectures(json.loads(package.template.read_text(encoding="utf-8")), package.architecture)
    with tempfile.TemporaryDirectory() as folder:
        unpacked = package.unpack(Path(folder))
        proof.check_contents(unpacked, package.distributions)
        proof.check_machine_code(unpacked, package.architecture)
        if package.architecture == proof.own_architecture():
            proof.check_imports(unpacked)
        else:
            print(f"Imports cannot be proven on this machine: it is not {package.architecture}")


if __name__ == "__main__":
    sys.exit(main())
