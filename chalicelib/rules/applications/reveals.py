"""查看完整信息: which fields a reveal may name (docs/domain.md 5.6)."""

from collections.abc import Sequence

from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.forms.content import MASKED


def check_fields(fields: Sequence[str]) -> None:
    """Check the fields of a reveal.

    Raises:
        Invalid: a field is not one of those that are masked, or is named twice.
    """
    expected = {"expected": "、".join(MASKED)}
    errors = []
    for index, field in enumerate(fields):
        if field not in MASKED:
            errors.append(FieldError(f"fields.{index}", "enum", expected))
        elif field in fields[:index]:
            errors.append(FieldError(f"fields.{index}", "REPEATED"))
    if errors:
        raise Invalid(errors)
