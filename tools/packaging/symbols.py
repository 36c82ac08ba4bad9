"""Compiled libraries without their tables of symbols, which only debuggers read.

An ELF file is loaded by its program headers. What lies behind the last part that they load are section headers and the
tables of symbols (System V ABI, chapters 4 and 5); the dynamic symbols, which imports need, are in a loaded part.
"""

import struct

MAGIC = b"\x7fELF\x02\x01"
"""64 bits, little-endian: both architectures of Lambda."""
LOAD = 1


def stripped(library: bytes) -> bytes:
    """The library as it is loaded; any other file as it is."""
    if not library.startswith(MAGIC):
        return library
    (first,) = struct.unpack_from("<Q", library, 0x20)
    size, count = struct.unpack_from("<HH", library, 0x36)
    headers = (struct.unpack_from("<IIQQQQ", library, first + place * size) for place in range(count))
    end = max(offset + length for kind, _, offset, _, _, length in headers if kind == LOAD)
    kept = bytearray(library[:end])
    struct.pack_into("<Q", kept, 0x28, 0)  # no section headers: neither their place
    struct.pack_into("<HH", kept, 0x3C, 0, 0)  # nor their number and names
    return bytes(kept)
