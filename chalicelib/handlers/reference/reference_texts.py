"""Shapes of the longer texts in `GET /reference`: 常用意见 and terms."""

from typing import Literal

from pydantic import BaseModel


class FieldPhrases(BaseModel):
    """Usual texts about one field or kind of attachment that a return names."""

    field: str
    phrases: list[str]


class Phrases(BaseModel):
    """常用意见: what officers usually write, to be chosen and changed."""

    fields: list[FieldPhrases]
    reject: list[str]
    """Reasons of rejections."""


class Terms(BaseModel):
    """Terms that a form asks people to accept."""

    code: Literal["user_agreement", "privacy_policy", "application_notes"]
    name: str
    version: str
    address: str
    """The page of the portal that shows them, below its origin."""
    text: str
