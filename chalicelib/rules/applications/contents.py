"""The content of an application as its enterprise corrects and copies it: everything in clear (docs/domain.md 5.6)."""

from collections.abc import Iterable
from typing import Any

from chalicelib.rules.applications.applications import Application, Content
from chalicelib.rules.base.vocabulary import Service
from chalicelib.rules.forms.content import ApplicationContent, PersonContent, ServiceContent


def correctable(application: Application) -> dict[str, Any]:
    """The content in the form in which a correction sends it back: that of a group, or of a follow-up service."""
    header = application.header
    if header.service is not Service.NEW_OR_RENEWAL:
        return _fields(header.content, ServiceContent.model_fields)
    persons = [_fields(person.content, PersonContent.model_fields) for person in application.persons]
    return {**_fields(header.content, ApplicationContent.model_fields), "persons": persons}


def _fields(content: Content, names: Iterable[str]) -> dict[str, Any]:
    return {name: content[name] for name in names if name in content}
