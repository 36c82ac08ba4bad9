"""The pinned requirements and their sources."""

import re
from pathlib import Path

import pytest

from tools import requirements

PINNED = [source.replace(".in", ".txt") for source in requirements.SOURCES]


@pytest.mark.parametrize("source", requirements.SOURCES)
def test_the_pinned_requirements_are_up_to_date(source: str) -> None:
    assert requirements.is_current(requirements.ROOT / source)


@pytest.mark.parametrize("name", PINNED)
def test_every_package_has_an_exact_version_and_hashes_and_no_address(name: str) -> None:
    lines = (requirements.ROOT / name).read_text(encoding="utf-8").replace(" \\\n", " ").splitlines()
    packages = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    assert packages
    for line in packages:
        assert re.match(r"[a-z0-9-]+(\[[a-z,-]+\])?==\S+ (; [^@]+ )? *--hash=sha256:[0-9a-f]{64}", line), line[:80]
    assert not [line for line in lines if re.search(r"://|--(extra-)?index|--find-links|/(opt|tmp|home|root)\b", line)]


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A source that includes another, and the pinned file written from it."""
    (tmp_path / "other.in").write_text("six\n")
    source = tmp_path / "some.in"
    source.write_text("# A comment.\n-r other.in\nidna  # another\n")
    (tmp_path / "some.txt").write_text(requirements.header(source) + "idna==3.20\nsix==1.17.0\n")
    return source


def test_a_comment_does_not_make_the_pins_outdated(pair: Path) -> None:
    pair.write_text("# Another comment.\n-r other.in\nidna\n")
    assert requirements.is_current(pair)


def test_another_package_makes_the_pins_outdated(pair: Path) -> None:
    pair.write_text("-r other.in\nidna\nurllib3\n")
    assert not requirements.is_current(pair)


def test_a_change_of_an_included_file_makes_the_pins_outdated(pair: Path) -> None:
    pair.with_name("other.in").write_text("six<2\n")
    assert not requirements.is_current(pair)
