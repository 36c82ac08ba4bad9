"""`python -m operations.verify RECEIPT [--keys FILE] [--content FILE] [--json]`: verify a signed receipt offline.

RECEIPT is a PDF file as it was downloaded, a file with the text of its QR code, that text itself, or a file with the
proof of an entry of the journal (`python -m operations.journal_roots --prove`). `--keys` names the
file of public keys (`python -m operations.receipt_keys --export receipt-keys.json`). `--content` names a file with the
reply of `GET /applications/{number}/content`, or its field `content`, and says whether the receipt is about it.

Nothing but these files is read: it needs no network, no configuration and no credentials. The exit code is 1 if the
receipt is not verified.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib.rules.applications import receipts
from chalicelib.rules.applications.receipts import Verified
from chalicelib.rules.base import journal_days, signed_text
from chalicelib.rules.base.china_time import china_time
from chalicelib.rules.base.signed_text import NotSigned
from operations.receipt_keys import read
from operations.terminal import Refused, Terminal, run

KEYS = Path("receipt-keys.json")
IN_PDF = re.compile(rb"/AbtcReceipt \(([\w.-]+)\)")
LONGEST_TEXT, LONGEST_FILE = 4000, 100_000
"""Characters that a QR code has at most, rounded up, and bytes of a file with a proof: anything longer is neither."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify one receipt."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("receipt", help="a PDF file, a file with the text of the QR code, or that text")
    parser.add_argument("--keys", type=Path, default=KEYS, help=f"file of the public keys; {KEYS} if not given")
    parser.add_argument("--content", type=Path, help="file with the content of the application, as JSON")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    given = parser.parse_args(arguments)
    return run(lambda at: verify(at, given.receipt, given.keys, given.content, as_json=given.json))


def verify(
    at: Terminal, receipt: str, keys: Path = KEYS, content: Path | None = None, *, as_json: bool = False
) -> None:
    """Print what a receipt proves.

    Raises:
        Refused: it proves nothing, or it is about another content.
    """
    text, known = _text(receipt), read(keys)
    try:
        if text.startswith("{"):
            at.say(_proven(text, known, as_json=as_json))
            return
        found = receipts.verified(text, known)
    except NotSigned as error:
        raise Refused(str(error)) from None
    if content is not None and receipts.content_digest(_content(content)) != found.receipt.content:
        raise Refused(f"the signature is valid, but {content} is not the content that the receipt is about")
    claims = {**found.receipt.claims, "key_id": found.key_id, "content_matches": content is not None or None}
    at.say(json.dumps(claims) if as_json else _told(found, has_content=content is not None))


def _proven(text: str, keys: Sequence[Mapping[str, Any]], *, as_json: bool) -> str:
    """What the proof of an entry of the journal proves (`operations.journal_roots`)."""
    try:
        proof = json.loads(text)
        stated, key_id = signed_text.claims(proof["signed_root"], journal_days.TYPE, keys)
        is_under = journal_days.proven_root(proof) == stated["root"]
        facts = {"entry": proof["leaf"][2], "journal": proof["leaf"][:2], "day": stated["day"], "root": stated["root"]}
    except (ValueError, KeyError, TypeError, IndexError):
        raise Refused("this is no proof of an entry of the journal") from None
    if not is_under:
        raise Refused(f"the entry is not under the root of {stated['day']}: the proof was changed")
    if as_json:
        return json.dumps({**facts, "key_id": key_id})
    return f"The entry {facts['entry']} was in the journal of {facts['day']}, whose root {facts['root']} is signed."


def _text(receipt: str) -> str:
    """The signed text of a PDF file, of a text file, or the text itself."""
    if len(receipt) < LONGEST_TEXT and receipt.count(".") == 2 and receipt.startswith("eyJ"):
        return receipt
    try:
        content = Path(receipt).read_bytes()
    except (OSError, ValueError):
        raise Refused("this is neither the text of a receipt nor a file that can be read") from None
    if content.startswith(b"%PDF"):
        in_pdf = IN_PDF.search(content)
        if in_pdf is None:
            raise Refused(f"{receipt} has no signed text in its properties: scan its QR code and give the text")
        return in_pdf[1].decode()
    return content[:LONGEST_FILE].decode(errors="replace").strip()


def _content(file: Path) -> Any:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return found.get("content", found)
    except (OSError, ValueError, AttributeError):
        raise Refused(f"{file} is not the content of an application as JSON") from None


def _told(found: Verified, *, has_content: bool) -> str:
    stated = found.receipt
    lines = (
        "The signature is valid. The portal states:",
        f"  number         {stated.number}",
        f"  act            {stated.act}",
        f"  time           {china_time(stated.at)} (China)",
        f"  status after   {stated.status}",
        f"  history entry  {stated.entry}",
        f"  content        {stated.content} at {china_time(stated.issued_at)}"
        + (", as in the given file" if has_content else ""),
        f"  key            {found.key_id}",
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
