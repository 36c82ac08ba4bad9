"""The README stays short, its links lead somewhere, and its Chinese twin has the same structure."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")}
SWAPPED = {"README.zh-CN.md": "README.md", "docs/walkthrough.zh-CN.md": "docs/walkthrough.md"}
"""Links of one language, with the links of the other."""


def links(text):
    return [SWAPPED.get(target, target) for target in re.findall(r"\]\(([^)]+)\)", text)]


def structure(text):
    """Levels of headings, fenced blocks, first cells of tables, numbers of list items, and link targets, in order."""
    fenced = re.findall(r"```.*?```", text, re.DOTALL)
    plain = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return {
        "headings": [len(marks) for marks in re.findall(r"^(#+) ", plain, re.MULTILINE)],
        "blocks": fenced,
        "cells": re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", plain, re.MULTILINE),
        "items": len(re.findall(r"^(?:\*|\d+\.) ", plain, re.MULTILINE)),
        "links": links(plain),
    }


def test_both_languages_have_the_same_structure():
    english, chinese = (structure(text) for text in README.values())
    assert english["headings"].count(2) >= 6
    assert chinese == english


@pytest.mark.parametrize("name", README)
def test_a_readme_has_at_most_150_lines(name):
    assert len(README[name].splitlines()) <= 150


@pytest.mark.parametrize("name", README)
def test_every_relative_link_of_a_readme_exists(name):
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README[name]) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
