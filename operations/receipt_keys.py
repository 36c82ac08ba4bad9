"""`python -m operations.receipt_keys [--export FILE] [--json]`: the public keys with which receipts are verified.

It records the public key in use and prints the id of every public key that is or was in use. With `--export` it also
writes all of them into a file as a JSON Web Key Set (RFC 7517), together with those that the file has already. Publish
that file: `python -m operations.verify` needs it and nothing else.

Run it after the first deployment, and after each rotation of the key.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib.usecases.maintenance import receipt_keys
from operations.terminal import Refused, Terminal, origin, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Record, print and export the public keys."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.receipt_keys",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--export", metavar="FILE", type=Path, help="file of the public keys, new or to be completed")
    parser.add_argument("--json", action="store_true", help="one JSON object for each key")
    given = parser.parse_args(arguments)
    return run(lambda at: keys(at, given.export, as_json=given.json))


def keys(at: Terminal, export: Path | None = None, *, as_json: bool = False) -> None:
    """Record the key in use, print the ids of all, and write them into a file.

    Raises:
        Refused: the file has something else, or cannot be written.
    """
    known = receipt_keys.record_current(origin())
    for key in known.keys:
        is_current = key["kid"] == known.current
        line = json.dumps({"key_id": key["kid"], "is_current": is_current})
        at.say(line if as_json else f"{key['kid']}{'  in use' if is_current else ''}")
    if export is not None:
        merged = {key["kid"]: dict(key) for key in [*read(export, missing=()), *known.keys]}
        _write(export, {"keys": [merged[key_id] for key_id in sorted(merged)]})


def read(file: Path, missing: Sequence[Mapping[str, Any]] | None = None) -> Sequence[Mapping[str, Any]]:
    """The public keys of a file.

    Args:
        file: A JSON Web Key Set.
        missing: What to return if there is no such file; None to refuse.

    Raises:
        Refused: There is no such file, or it is no set of keys.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["keys"]
        if all(isinstance(key["kid"], str) for key in found):
            return list(found)
    except FileNotFoundError:
        if missing is not None:
            return missing
        raise Refused(
            f"there is no file {file}; `python -m operations.receipt_keys --export {file}` writes it"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise Refused(f"{file} is no JSON Web Key Set with the id of each key")


def _write(file: Path, content: Mapping[str, Any]) -> None:
    try:
        file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise Refused(f"{file} cannot be written ({error.strerror})") from error


if __name__ == "__main__":
    sys.exit(main())
