"""Select the files of the wheels that are needed at run time."""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import PathDistribution
from pathlib import Path, PurePosixPath
from typing import Any, cast, get_args

from chalicelib.repos.process import aws
from tools.packaging import authorities, symbols

OURS = ("app.py", "chalicelib", "scheduled")

UNUSED = (
    "**/*.pyi",
    "**/py.typed",
    "**/tests",
    "*.data",  # command-line tools
    "*.dist-info",  # nothing that runs asks importlib.metadata; pydantic would look for plugins in each
    "boto3",  # resources and transfers; the portal makes clients of botocore
    "cffi",  # argon2 and cryptography need its _cffi_backend alone
    "cryptography/fernet.py",
    "cryptography/hazmat/primitives/serialization/pkcs*.py",
    "cryptography/hazmat/primitives/twofactor",
    "botocore/crt/auth.py",  # another signer, for which a library is missing
    "pycparser",  # needed by cffi
    "s3transfer",  # needed by boto3
    "dateutil/rrule.py",
    "dateutil/zoneinfo/*.tar.gz",  # times are the standard library's
    "dns",  # email-validator: only to ask whether a domain takes mail, which the portal does not
    "fido2/attestation",  # makers of authenticators are not asked for
    "fido2/client",  # the side of the browser and of the authenticator
    "fido2/ctap*",
    "fido2/hid",
    "fido2/mds3.py",
    "fido2/payment.py",
    "fido2/pcsc.py",
    "jinja2/ext.py",
    "jinja2/meta.py",
    "jinja2/nativetypes.py",
    "jinja2/sandbox.py",
    "pydantic/color.py",
    "pydantic/experimental/pipeline.py",
    "pydantic/v1",
    "pydantic/mypy.py",
    "qrcode/console_scripts.py",
    "qrcode/image/styledpil.py",
    "qrcode/image/styles/colormasks.py",
    "stdnum/[!_enu]*.py",  # numbers of no country
    "stdnum/ean.py",
    "stdnum/*.dat",  # numbers of banks, telephones, network cards
    "stdnum/[!c]*/",  # numbers of other countries
    "stdnum/c[!n]/",
    "urllib3/contrib/emscripten",  # browsers
    "urllib3/contrib/pyopenssl.py",  # TLS is the standard library's
    "urllib3/contrib/socks.py",
    "zxcvbn/__main__.py",
)
SERVICE_FILES = ("service-2*", "endpoint-rule-set-1*")
"""What a client reads of its service's description; the rest is pagination, waiters and examples."""

OPERATIONS: Mapping[aws.Service, frozenset[str]] = {
    "dynamodb": frozenset(
        {"BatchGetItem", "GetItem", "Query", "Scan", "TransactWriteItems", "UpdateItem"},
    ),
    "kms": frozenset({"Decrypt", "GenerateDataKeyWithoutPlaintext", "GetPublicKey", "ReEncrypt", "Sign"}),
    "s3": frozenset(
        {
            "CreateBucket",  # botocore makes the address of upload forms with it
            "DeleteObject",
            "DeleteObjects",
            "GetObject",
            "GetObjectTagging",
            "HeadBucket",  # botocore asks for the region of a bucket that is elsewhere
            "ListObjectVersions",
            "ListObjectsV2",
            "PutObject",
        }
    ),
    "sesv2": frozenset({"SendEmail"}),
    "ssm": frozenset({"GetParameter"}),
    "sts": frozenset({"GetCallerIdentity"}),
}
"""The operations in use. Descriptions of services have no others in the zip: a client reads its description whole."""


def top_level(path: str) -> str:
    """The name by which a file in the zip is imported first: `six` of `six.pyc`, `boto3` of `boto3/session.pyc`."""
    return PurePosixPath(path).parts[0].partition(".")[0]


def distributions(tree: Path) -> dict[str, str]:
    """For each top-level name the distribution that its wheel says it belongs to."""
    owners = {}
    for metadata in sorted(tree.glob("*.dist-info")):
        distribution = PathDistribution(metadata)
        for file in distribution.files or ():
            if not file.parts[0].endswith((".dist-info", ".data")):
                owners[top_level(str(file))] = distribution.metadata["Name"]
    return owners


def trim(tree: Path) -> None:
    """Remove what no function of the portal reads: also texts for people, and services and operations not in use."""
    for path in [*_unused(tree), *_other_services(tree)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # it may have gone with its folder
    for file in _emptied(tree):
        file.write_bytes(b"")
    for library in sorted(tree.rglob("*.so")):
        library.write_bytes(symbols.stripped(library.read_bytes()))
    for description in sorted((tree / "botocore" / "data").rglob("service-2.json.gz")):
        _shorten(description)
    _shorten_endpoints(tree / "botocore" / "data" / "endpoints.json")
    authorities.split(tree / "botocore" / "cacert.pem")


def _emptied(tree: Path) -> Iterator[Path]:
    """Files that are read, but whose contents matter to nothing: the portal compares the origins of passkeys whole."""
    yield from tree.glob("fido2/public_suffix_list.dat")


def _shorten(description: Path) -> None:
    """Keep the operations in use with the shapes that they need, without texts."""
    content = json.loads(gzip.decompress(description.read_bytes()), object_hook=_without_documentation)
    service = cast("aws.Service", description.relative_to(description.parents[2]).parts[0])
    content["operations"] = {name: content["operations"][name] for name in sorted(OPERATIONS[service])}
    content["shapes"] = _needed(content["operations"], content["shapes"])
    description.write_bytes(gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0))


def _needed(operations: Mapping[str, Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    """The shapes that operations name, and those that these name, in the order of the description."""
    named, left = set(_named(operations)), [*_named(operations)]
    while left:
        more = set(_named(shapes[left.pop()])) - named
        named |= more
        left += more
    return {name: shape for name, shape in shapes.items() if name in named}


def _named(part: Any) -> Iterator[str]:
    """The shapes that a part of a description names."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for each in part.values():
            yield from _named(each)
    elif isinstance(part, list):
        for each in part:
            yield from _named(each)


def _shorten_endpoints(file: Path) -> None:
    """Keep the regions, and the services in use; botocore calls SES by its prefix of the address."""
    if not file.is_file():
        return
    content = json.loads(file.read_bytes())
    kept = {*get_args(aws.Service), "email"}
    for partition in content["partitions"]:
        partition["services"] = {name: one for name, one in partition["services"].items() if name in kept}
    file.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


def _without_documentation(described: dict[str, Any]) -> dict[str, Any]:
    """The description with empty texts, because botocore asks for some of them; a parameter of that name is no text."""
    return described | ({"documentation": ""} if isinstance(described.get("documentation"), str) else {})


def _unused(tree: Path) -> Iterator[Path]:
    for pattern in UNUSED:
        yield from tree.glob(pattern)


def _other_services(tree: Path) -> Iterator[Path]:
    services = get_args(aws.Service)
    for folder in (tree / "botocore" / "data").iterdir():
        if folder.is_dir() and folder.name not in services:
            yield folder
        elif folder.is_dir():
            yield from (
                file
                for file in folder.rglob("*")
                if file.is_file() and not any(file.match(kept) for kept in SERVICE_FILES)
            )
