"""Writes parts as a CycloneDX document, whose bytes depend on the parts alone."""

import uuid
from collections.abc import Iterable, Sequence

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools.sbom.parts import Part
from tools.version import version

APP = "abtc-portal"
LICENCE = "Apache-2.0"


def document(name: str, parts: Sequence[Part], sha256: str = "") -> str:
    """The CycloneDX 1.6 document of a product, as JSON.

    Args:
        name: What is made of the parts: `zip` or `pages`.
        parts: The parts of other authors.
        sha256: Digest of the file that is made of them, in hexadecimal; empty if there are several files.
    """
    bom = Bom()
    # Without a time and with a serial number that follows from the content: the same parts give the same bytes.
    bom.metadata.timestamp = None  # type: ignore[assignment]
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, f"{APP}-{name} {version()} {sha256} {list(parts)}")
    product = Component(
        name=f"{APP}-{name}",
        version=version(),
        type=ComponentType.APPLICATION,
        bom_ref=f"{APP}-{name}",
        licenses=[LicenseFactory().make_from_string(LICENCE)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else None,
    )
    bom.metadata.component = product
    components = [_component(part) for part in parts]
    for component in components:
        bom.components.add(component)
        bom.register_dependency(component, component.components)
    bom.register_dependency(product, components)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(part: Part, prefix: str = "") -> Component:
    return Component(
        name=part.name,
        version=part.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{prefix}{part.purl}",
        purl=PackageURL.from_string(part.purl),
        licenses=[LicenseFactory().make_from_string(part.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=part.sha512)] if part.sha512 else None,
        components=_nested(part.inside, f"{part.purl}/"),
    )


def _nested(parts: Iterable[Part], prefix: str) -> list[Component]:
    """The parts inside another: a name of their own for each, because two parts can have the same inside."""
    return [_component(part, prefix) for part in parts]
