"""Paths that an officer can name for correction: fields of forms and kinds of attachments, never values."""

import functools
import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from chalicelib import data
from chalicelib.rules.forms.content import ApplicationContent, PersonContent, PostPickup, SelfPickup, ServiceContent
from chalicelib.rules.forms.fields import refuse

FIELD_PATH = re.compile(r"[a-z_]+(\.\d{1,2})?(\.[a-z_]+)?(\.\d{1,2})?", re.ASCII)
"""`reason`, `persons.3`, `persons.3.title`, `persons.3.attachments.0`: the form of paths in errors."""


def _field_path(value: str) -> str:
    names = (part for part in value.split(".") if not part.isdecimal())
    if not FIELD_PATH.fullmatch(value) or not _nameable().issuperset(names):
        raise refuse("FIELD_PATH")
    return value


@functools.cache
def _nameable() -> frozenset[str]:
    forms = (ApplicationContent, PersonContent, ServiceContent, SelfPickup, PostPickup)
    return frozenset().union(data.attachment_kinds(), *(form.model_fields for form in forms))


FieldPath = Annotated[str, StringConstraints(max_length=60), AfterValidator(_field_path)]
"""A field or an attachment that an officer names for correction; stored and shown in clear, so never a value."""
