"""Which licences may be shipped: one list of licences, and one entry with a reason for each exception."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from license_expression import BaseSymbol, ExpressionError, get_spdx_licensing

if TYPE_CHECKING:
    from tools.sbom.parts import Part

ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"),
        *("Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "Zlib"),
        "Apache-2.0 WITH LLVM-exception",
    }
)
"""SPDX names of licences that ask for nothing but their notice."""

STATED: Mapping[str, str] = {
    "chalice": "Apache-2.0",
    "fido2": "BSD-2-Clause",
    "jinja2": "BSD-3-Clause",
    "openssl": "Apache-2.0",
    "pydyf": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "python-stdnum": "LGPL-2.1-or-later",
    "qrcode": "BSD-3-Clause",
}
"""Licences by the file LICENSE of a part whose metadata names none by its SPDX name."""

EXCEPTIONS: Mapping[str, tuple[str, str]] = {
    "python-stdnum": (
        "LGPL-2.1-or-later",
        (
            "Used as a library and not changed. Each of its modules is a file of its own in the zip: the operator,"
            " who alone receives the zip, can replace it by another version. Its source is the wheel on PyPI."
        ),
    ),
}
"""Parts whose licence is not in the list: the licence, and why the part is shipped all the same."""

_SPDX = get_spdx_licensing()


def licence(name: str, declared: str | None) -> str:
    """The licence of a part as an SPDX expression; the text as it was declared if it is none."""
    stated = STATED.get(name, declared or "")
    try:
        return str(_SPDX.parse(stated, validate=True))
    except ExpressionError:
        return stated


def refused(parts: Iterable["Part"]) -> list[str]:
    """One line for each part that may not be shipped under its licence, and for each exception without a part."""
    found = list(parts)
    lines = [f"{part.name} {part.version}: {part.licence or 'no licence'}" for part in found if not is_allowed(part)]
    named = {part.name for part in found}
    return lines + [f"{name}: listed and not shipped" for name in (STATED.keys() | EXCEPTIONS.keys()) - named]


def is_allowed(part: "Part") -> bool:
    """Whether the licence is in the list, in one of its alternatives, or the part is an exception under it."""
    if part.name in EXCEPTIONS:
        return EXCEPTIONS[part.name][0] == part.licence
    try:
        expression = _SPDX.parse(part.licence, validate=True)
    except ExpressionError:
        return False
    return expression is not None and _allows(expression)


def _allows(expression: object) -> bool:
    """Whether the licences of an expression are allowed: one of alternatives, all of what applies together."""
    if isinstance(expression, BaseSymbol):
        return str(expression) in ALLOWED
    parts = [_allows(argument) for argument in getattr(expression, "args", ())]
    return bool(parts) and (any(parts) if isinstance(expression, _SPDX.OR) else all(parts))
