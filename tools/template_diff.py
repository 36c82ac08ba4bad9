"""`python -m tools.template_diff COMMIT [--stage STAGE] [--region REGION]`: what deploying this checkout would change.

Both templates are made for the same stage and region, without building a zip: one by the checkout, one by the files of
the commit. One line for each resource that is new (+), removed (-) or changed (~), and below it the places that differ.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GENERATOR = ROOT / "tools" / "packaging" / "generated.py"
NAMES = ("Sid", "IndexName", "AttributeName", "PolicyName", "Id", "Key")
"""Properties that name the parts of a list."""
SHOWN = 12
"""Places of one resource that are named; the others are counted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the differences; the exit code is 1 if a template cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m tools.template_diff", description=__doc__)
    parser.add_argument("commit", help="the commit to compare with, such as HEAD~1 or the tag that is deployed")
    parser.add_argument("--stage", default="prod")
    parser.add_argument("--region", default="eu-central-1")
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            _extract(given.commit, Path(folder))
            before = _template(Path(folder), given.stage, given.region)
        after = _template(ROOT, given.stage, given.region)
    except subprocess.CalledProcessError as error:
        print(f"no template of {given.commit}: {error.stderr.decode(errors='replace').strip()[-500:]}", file=sys.stderr)
        return 1
    lines = [*differences(before, after)]
    print(*(lines or [f"The template of {given.stage} is that of {given.commit}."]), sep="\n")
    return 0


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """One line for each resource, parameter, condition or mapping that differs, and the places below it."""
    for section in ("Parameters", "Mappings", "Conditions", "Resources"):
        old, new = before.get(section, {}), after.get(section, {})
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) == new.get(name):
                continue
            sign = "+" if name not in old else "-" if name not in new else "~"
            kind = new.get(name, old.get(name)).get("Type", "")
            yield f"{sign} {section} {name} {kind}".rstrip()
            places = [*_places(old[name], new[name], "")] if sign == "~" else []
            yield from (f"    {place}" for place in places[:SHOWN])
            if len(places) > SHOWN:
                yield f"    and {len(places) - SHOWN} more"


def _places(old: Any, new: Any, at: str) -> Iterator[str]:
    """The places at which two values differ, as deep as both have the same form; parts of lists by their names."""
    old, new = _by_name(old), _by_name(new)
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            if name not in old or name not in new:
                yield f"{'-' if name in old else '+'} {at}{name}"
            elif old[name] != new[name]:
                yield from _places(old[name], new[name], f"{at}{name}.")
    elif isinstance(old, list) and isinstance(new, list):
        for place, (first, second) in enumerate(zip(old, new, strict=False)):
            if first != second:
                yield from _places(first, second, f"{at}{place}.")
        if len(old) != len(new):
            yield f"{'-' if len(old) > len(new) else '+'} {at}{min(len(old), len(new))}..{max(len(old), len(new)) - 1}"
    else:
        yield f"~ {at.rstrip('.')}: {json.dumps(old)} -> {json.dumps(new)}"


def _by_name(value: Any) -> Any:
    """A list whose parts have names, as an object; anything else as it is."""
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        for name in NAMES:
            names = [part.get(name) for part in value]
            if all(isinstance(one, str) for one in names) and len(set(names)) == len(names):
                return dict(zip(names, value, strict=True))
    return value


def _extract(commit: str, folder: Path) -> None:
    """The files of a commit."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True, capture_output=True)


def _template(checkout: Path, stage: str, region: str) -> dict[str, Any]:
    """The template that a checkout makes, in a process that imports its modules."""
    command = [sys.executable, "-P", str(GENERATOR), stage, region]
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True)
    made: dict[str, Any] = json.loads(done.stdout)
    return made


if __name__ == "__main__":
    sys.exit(main())
