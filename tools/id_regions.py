"""Turn the list of regions in `python-stdnum` into `chalicelib/data/id_regions.json` (stdout).

The list has every code of GB/T 2260 since 1980, also those that were given up. `docs/data-sources.md` has the command.
"""

import json
from importlib.metadata import version
from importlib.resources import files

VERSION = "2026-11"
SOURCE = f"python-stdnum {version('python-stdnum')}, stdnum/cn/loc.dat: codes of GB/T 2260 since 1980, without names"

OUTSIDE_MAINLAND = ("71", "81", "82")
"""No mainland identity card has them: residents have permits with 81, 82 and 83."""


def main() -> None:
    """Write the last two digits of the codes, by their first four."""
    found: dict[str, list[str]] = {}
    province = ""
    for line in (files("stdnum.cn") / "loc.dat").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        code = line.split()[0]
        if not line.startswith(" "):
            province = code
        elif province not in OUTSIDE_MAINLAND:
            found.setdefault(province + code[:2], []).append(code[2:])
    rows = [f"{json.dumps(prefecture)}: {json.dumps(' '.join(codes))}" for prefecture, codes in sorted(found.items())]
    print(f'{{"version": "{VERSION}", "source": {json.dumps(SOURCE)}, "prefectures": {{')
    print(*rows, sep=",\n")
    print("}}")


if __name__ == "__main__":
    main()
