"""Splits a file of certificate authorities into a folder in which OpenSSL finds each by its name (decision 0089).

A file is read whole when a TLS context is made: over 100 authorities. Of a folder only the one is read that a chain
needs. The name of a file is the hash of the subject as `X509_NAME_hash` of OpenSSL computes it, from a normal form.
"""

import hashlib
import re
import warnings
from collections import Counter
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning

from chalicelib.repos.process.tls import folder_of

SET, SEQUENCE, OID, UTF8 = 0x31, 0x30, 0x06, 0x0C
BLANKS = re.compile(r"[ \t\n\v\f\r]+")


def split(file: Path) -> Path:
    """Write each authority of a file into the folder that `tls` looks into. Returns the folder."""
    folder, taken = folder_of(file), Counter[str]()
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        # An old authority has the serial number 0.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        certificates = x509.load_pem_x509_certificates(file.read_bytes())
    for certificate in certificates:
        name = subject_hash(certificate.subject)
        (folder / f"{name}.{taken[name]}").write_bytes(certificate.public_bytes(Encoding.PEM))
        taken[name] += 1
    return folder


def subject_hash(name: x509.Name) -> str:
    """What OpenSSL hashes a name to: eight hexadecimal digits."""
    normal = b"".join(_normal(rdn) for rdn in name.rdns)
    return hashlib.sha1(normal, usedforsecurity=False).digest()[3::-1].hex()


def _normal(rdn: x509.RelativeDistinguishedName) -> bytes:
    """One part of a name: small ASCII letters, single blanks, UTF-8."""
    attributes = []
    for attribute in rdn:
        if not isinstance(attribute.value, str):
            raise TypeError(f"no normal form of {attribute} is known")
        text = BLANKS.sub(" ", attribute.value.strip(" \t\n\v\f\r"))
        small = "".join(letter.lower() if letter.isascii() else letter for letter in text)
        attributes.append(_der(SEQUENCE, _oid(attribute.oid.dotted_string) + _der(UTF8, small.encode())))
    return _der(SET, b"".join(sorted(attributes)))


def _oid(dotted: str) -> bytes:
    first, second, *others = (int(arc) for arc in dotted.split("."))
    content = bytearray()
    for arc in (40 * first + second, *others):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return _der(OID, bytes(content))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
