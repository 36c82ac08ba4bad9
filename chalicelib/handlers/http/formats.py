"""Types of values in replies: what the OpenAPI document says about them. Nothing is checked when a reply is made."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar

from pydantic import Field, GetCoreSchemaHandler, SerializeAsAny
from pydantic_core import CoreSchema, core_schema

from chalicelib import data
from chalicelib.data import texts

_Row = TypeVar("_Row")


def _one_of(codes: Callable[[], Iterable[str]]) -> Any:
    """A text that is one of the codes; they are read when the document is made."""

    def add(schema: dict[str, Any]) -> None:
        schema["enum"] = sorted(codes())

    return Field(json_schema_extra=add)


def _message_kinds() -> set[str]:
    return {key.partition(".")[0] for key in texts.keys("messages")}


def _mail_kinds() -> set[str]:
    return {key.partition(".")[0] for key in texts.keys("mail") if "." in key and key.partition(".")[2] == "subject"}


Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""A time in UTC, such as 2026-11-21T04:30:00.000Z."""
Date = Annotated[str, Field(json_schema_extra={"format": "date"})]
"""A day in China."""
Id = Annotated[str, Field(json_schema_extra={"pattern": "^[0-9a-f]{20}$"})]
"""The id of an account, an enterprise, a draft or another object."""
ApplicationId = Annotated[str, Field(json_schema_extra={"pattern": "^APEC[0-9]{14}$"})]
"""申请单号."""
PersonId = Annotated[str, Field(json_schema_extra={"pattern": "^APEC[0-9]{14}-[0-9]{2}$"})]
"""人员申请单号."""
AnyNumber = Annotated[str, Field(json_schema_extra={"pattern": "^APEC[0-9]{14}(-[0-9]{2})?$"})]
"""The number of an application or of a person."""
AttachmentKey = Annotated[
    str, Field(json_schema_extra={"pattern": r"^[0-9a-f]{20}\.[a-z_]+\.[a-z]+\.[0-9]+\.[0-9a-f]{32}$"})
]
"""The id of an attachment."""
RegionCode = Annotated[str, Field(json_schema_extra={"pattern": "^[0-9]{6}$"})]
"""A code of `GET /reference/regions`."""
Address = Annotated[str, Field(json_schema_extra={"format": "uri"})]
"""An address on the web."""
EconomyCode = Annotated[str, _one_of(lambda: (economy.code for economy in data.economies()))]
"""Three letters, as printed on the card."""
AttachmentKindCode = Annotated[str, _one_of(data.attachment_kinds)]
"""A kind of `GET /reference`."""
MessageKind = Annotated[str, _one_of(_message_kinds)]
"""What a message is about."""
MailKind = Annotated[str, _one_of(_mail_kinds)]
"""What a mail is about."""
FieldCode = Annotated[str, _one_of(lambda: texts.keys("invalid"))]
"""Why a field was not accepted."""
ProblemCode = Annotated[str, _one_of(lambda: texts.keys("errors"))]
"""Why a request was refused."""


class _AsGiven:
    """Takes a value as it is; the document describes it by its type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            lambda value, _: value, handler(source), serialization=core_schema.simple_ser_schema("any")
        )


Rows = Annotated[list[_Row], _AsGiven()]
"""A list of rows, each a mapping with the fields of its model.

The OpenAPI document describes the model. A reply makes no model of each row: a group of 90 persons has 720 files.
tests/api/test_reply_shapes.py compares what is sent with the document.
"""
OneOf = Annotated[_Row, SerializeAsAny()]
"""One of several models, written as the one that it is; otherwise pydantic tries them one after the other."""
