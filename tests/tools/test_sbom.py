"""`python -m tools.sbom`: CycloneDX documents of what is shipped, and the licences that are allowed."""

import json
from dataclasses import replace

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.sbom import __main__ as command
from tools.sbom import bom, licences, parts
from tools.sbom.parts import Part

DIGEST = "4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2"
"""SHA-256 of `zip`."""
PART = Part("part", "1.0", "MIT", "pkg:pypi/part@1.0")


@pytest.fixture(scope="module")
def of_zip():
    return parts.of_zip()


def test_everything_that_is_shipped_has_an_allowed_licence(of_zip):
    assert licences.refused([*parts.with_inside(of_zip), *parts.of_pages()]) == []


def test_the_zip_has_its_run_time_and_nothing_that_packaging_leaves_out(of_zip):
    names = {part.name for part in of_zip}
    assert {"chalice", "cffi", "cryptography", "pydantic-core", "python-stdnum"} <= names
    assert not names & {"boto3", "dnspython", "pycparser", "s3transfer"}


def test_what_is_compiled_into_a_wheel_is_listed(of_zip):
    (cryptography,) = (part for part in of_zip if part.name == "cryptography")
    assert [part.licence for part in cryptography.inside if part.name == "openssl"] == ["Apache-2.0", "Apache-2.0"]


def test_the_pages_have_what_vite_has_bundled_and_no_build_tool():
    names = [part.name for part in parts.of_pages()]
    assert "@vue/runtime-dom" in names
    assert "vite" not in names
    assert all(len(part.sha512) == 128 for part in parts.of_pages())


def test_the_built_pages_have_the_notice_of_each_licence():
    bundled = json.loads((parts.PAGES / parts.NOTICES).read_text(encoding="utf-8"))
    assert all("copyright" in one["text"].lower() for one in bundled)


@pytest.mark.parametrize(
    "licence",
    [
        *("GPL-3.0-only", "AGPL-3.0-or-later", "LGPL-2.1-or-later", "MPL-2.0", "SSPL-1.0"),
        *("MIT AND GPL-2.0-only", "Apache-2.0 WITH Classpath-exception-2.0"),
        *("", "BSD License", "Dual License", "my own"),
    ],
)
def test_an_unknown_or_copyleft_licence_is_refused(licence):
    assert not licences.is_allowed(replace(PART, licence=licence))


@pytest.mark.parametrize("licence", ["MIT", "MIT OR GPL-3.0-only", "(MIT OR GPL-2.0-only) AND Unicode-3.0"])
def test_one_allowed_alternative_is_enough(licence):
    assert licences.is_allowed(replace(PART, licence=licence))


def test_an_exception_holds_for_its_licence_only():
    stdnum = replace(PART, name="python-stdnum", licence="LGPL-2.1-or-later")
    assert licences.is_allowed(stdnum)
    assert not licences.is_allowed(replace(stdnum, licence="GPL-3.0-only"))


def test_a_refused_part_and_an_entry_without_its_part_are_named():
    assert licences.refused([replace(PART, licence="GPL-3.0-only")])[0] == "part 1.0: GPL-3.0-only"
    assert "python-stdnum: listed and not shipped" in licences.refused([PART])


def test_the_documents_are_valid_and_the_same_each_time(tmp_path):
    archive = tmp_path / "portal.zip"
    archive.write_bytes(b"zip")
    for folder in ("first", "second"):
        assert command.main(["--archive", str(archive), "--target", str(tmp_path / folder)]) == 0
    for name in ("zip", "pages"):
        first, second = (tmp_path / folder / f"{bom.APP}-{name}.cdx.json" for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(first.read_text(encoding="utf-8")) is None
    content = json.loads((tmp_path / "first" / "abtc-portal-zip.cdx.json").read_text(encoding="utf-8"))
    assert "timestamp" not in content["metadata"]
    assert content["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]


def test_another_part_gives_another_serial_number():
    first, second = (json.loads(bom.document("zip", [replace(PART, version=version)])) for version in ("1.0", "1.1"))
    assert first["serialNumber"] != second["serialNumber"]


def test_pages_that_are_not_built_are_refused(tmp_path):
    with pytest.raises(parts.NotBuilt, match="make pages"):
        parts.of_pages(tmp_path)
