"""Usual texts of returns and rejections (常用意见), by the field or file that they are about."""

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def of_fields(language: str = "zh") -> Mapping[str, Sequence[str]]:
    """The texts for each field of the forms and each kind of attachment that a return can name."""
    return _texts("fields", language)


def of_decisions(language: str = "zh") -> Mapping[str, Sequence[str]]:
    """The texts for decisions that name no field: `reject`."""
    return _texts("decisions", language)


def _texts(section: str, language: str) -> dict[str, list[str]]:
    file = _file()
    return {name: [file["phrases"][code][language] for code in codes] for name, codes in file[section].items()}


@functools.cache
def _file() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(__file__).with_name("phrases.json").read_text(encoding="utf-8"))
    return content
