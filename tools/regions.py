"""Turn the area list of `@vant/area-data` (JSON on stdin) into `chalicelib/data/regions.json` (stdout).

`docs/data-sources.md` has the whole command and says what is left out and why.
"""

import json
import sys
from collections.abc import Iterator

VERSION = "2026-11"
SOURCE = "@vant/area-data 2.1.0 (npm), MIT; copyright Youzan, Chen Jiahan and other contributors"

ZONE_DIGITS = "79"
"""Fifth digit of zones, which GB/T 2260 lacks: 7 is the statistics bureau's, 9 the package's own."""
TOWNS_ONLY = ("4419", "4420", "4604")
"""Dongguan, Zhongshan, Danzhou: no districts; what the package lists below them are towns."""
NOT_IN_FORCE = frozenset({"320112", "320611", "321150", "350402", "370634"})
"""Merged away (Gangzha, Meilie, Changdao) or never a division of its own (two new areas)."""
OUTSIDE_MAINLAND = ("71", "81", "82")
"""Below these provinces the standard has no codes; the package's own are kept."""
NO_CITY = {"1101", "1201", "3101", "5001", "5002", "4190", "4290", "4690", "6590"}
"""Not cities: districts of a municipality, or units directly under a province."""

Rows = list[tuple[str, str]]


def is_district(code: str, name: str) -> bool:
    """Whether this is a district or county of GB/T 2260."""
    if code.startswith(OUTSIDE_MAINLAND):
        return True
    is_zone = code[4] in ZONE_DIGITS or code.startswith(TOWNS_ONLY)
    return not (is_zone or code in NOT_IN_FORCE or name == "市辖区")


def lines(provinces: Rows, cities: Rows, districts: Rows) -> Iterator[str]:
    """One line for each province, each city with its districts, and each list of units without a city."""
    for i, (code, name) in enumerate(provinces):
        direct = [d for d in districts if d[0].startswith(code[:2]) and d[0][:4] in NO_CITY]
        yield f'{{"code": "{code}", "name": "{name}", "districts": {compact(direct)}, "cities": ['
        mine = [c for c in cities if c[0].startswith(code[:2]) and c[0][:4] not in NO_CITY]
        for j, (city, city_name) in enumerate(mine):
            below = compact([d for d in districts if d[0].startswith(city[:4])])
            record = f'{{"code": "{city}", "name": "{city_name}", "districts": {below}}}'
            yield record + ("," if j < len(mine) - 1 else "")
        yield "]}" + ("," if i < len(provinces) - 1 else "")


def compact(rows: Rows) -> str:
    """JSON without blanks and without escapes."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    """Read the list, write the file."""
    areas = json.load(sys.stdin)
    provinces = sorted(areas["province_list"].items())
    cities = sorted(areas["city_list"].items())
    districts = sorted(row for row in areas["county_list"].items() if is_district(*row))
    print(f'{{"version": "{VERSION}", "source": {json.dumps(SOURCE)}, "provinces": [')
    print(*lines(provinces, cities, districts), sep="\n")
    print("]}")


if __name__ == "__main__":
    main()
