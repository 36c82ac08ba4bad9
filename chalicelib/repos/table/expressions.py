"""What a query filters and which attributes it sends, as expressions of DynamoDB."""

import functools
from collections.abc import Mapping
from typing import Any

from chalicelib.repos.table.marshalling import equals


def filtered(
    only: Mapping[str, Any], containing: Mapping[str, str], below: Mapping[str, str]
) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Expression, attribute names and values of a filter."""
    equal, names, values = equals(only)
    terms = [equal] if only else []
    for name, text in containing.items():
        terms.append(f"contains(#{name}, :in_{name})")
        names[f"#{name}"] = name
        values[f":in_{name}"] = text
    for name, text in below.items():
        terms.append(f"#{name} < :below_{name}")
        names[f"#{name}"] = name
        values[f":below_{name}"] = text
    return " AND ".join(terms), names, values


@functools.cache
def projected(attributes: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Expression and attribute names of a projection."""
    names = {f"#{name}": name for name in attributes}
    return ",".join(names), names
