"""The fields of a body or query by their dotted names, for tests that cover every field of a model."""

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel


def fields(model: type[BaseModel] | None, prefix: str = "") -> Iterator[str]:
    """Every field, nested models included: `content.persons.phone`."""
    for name, declared in model.model_fields.items() if model else ():
        yield prefix + name
        for inner in _models(declared.annotation):
            yield from fields(inner, f"{prefix}{name}.")


def sent(route: Any) -> list[str]:
    """Every field of a route's body and query."""
    return [*fields(route.body), *fields(route.query)]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models(argument)


def placed(body: Any, field: str, value: Any) -> Any:
    """The body with the field set; in a list, that of the first element."""
    name, _, rest = field.partition(".")
    inner = placed(body.get(name) or {}, rest, value) if rest and not isinstance(body.get(name), list) else value
    if rest and isinstance(body.get(name), list):
        first, *others = body[name] or [{}]
        inner = [placed(first, rest, value), *others]
    return {**body, name: inner}
