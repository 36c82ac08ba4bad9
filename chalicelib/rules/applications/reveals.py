"""查看完整信息: which fields a reveal may name (docs/domain.md 5.6)."""

from collections.abc import Sequence

from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.forms.content import MASKED

OF_FOLLOW_UP = ("passport_number", "current_passport_number")
"""Masked fields of a follow-up application itself: the passport that it brings, and the one of its person then."""


def check_fields(fields: Sequence[str], masked: Sequence[str] = MASKED) -> None:
    """Check the fields of a reveal.

    Args:
        fields: as sent.
        masked: the fields of the object that are masked.

    Raises:
        Invalid: a field is not one of those that are masked, or is named twice.
    """
    expected = {"expected": "、".join(masked)}
    errors = []
    for index, field in enumerate(fields):
        if field not in masked:
            errors.append(FieldError(f"fields.{index}", "enum", expected))
        elif field in fields[:index]:
            errors.append(FieldError(f"fields.{index}", "REPEATED"))
    if errors:
        raise Invalid(errors)
