"""clamd, the daemon of ClamAV, over TCP or a Unix socket by its command INSTREAM (clamd(8)).

The clients on PyPI have had no release for years or wrap the same dozen lines.
"""

import socket
import struct

from chalicelib.repos.files.uploads import StoredFile
from chalicelib.repos.process import log
from chalicelib.rules.files.scans import Clamd, Scan, ScannerName, ScanState
from chalicelib.rules.files.upload_events import UploadedVersion

CONNECT_TIMEOUT = 3.0
REPLY_TIMEOUT = 30.0
"""Seconds that a scan may take: half of what the function may."""
CHUNK = 64 * 1024
LONGEST_REPLY = 4096

CLEAN, FOUND = "OK", "FOUND"


class ClamdScanner:
    """Sends each upload to clamd and reads the answer."""

    name = ScannerName.CLAMD
    serves_requests = False
    repeats_by_itself = True

    def __init__(self, place: Clamd) -> None:
        self._place = place

    def scan(self, upload: UploadedVersion, file: StoredFile) -> Scan:
        """The answer; FAILED if clamd cannot be reached, or reports an error such as a file beyond its limits."""
        del upload
        try:
            answer = self._answer(file.content)
        except OSError as error:
            log.failure("scan_failed", error, scanner=self.name)
            return Scan(ScanState.FAILED, self.name)
        # `stream: OK`, `stream: NAME FOUND`, or `... ERROR`
        result, _, verdict = answer.rpartition(" ")
        if verdict == FOUND:
            return Scan(ScanState.INFECTED, self.name, result.partition(": ")[2])
        if answer == f"stream: {CLEAN}":
            return Scan(ScanState.CLEAN, self.name)
        log.event("scan_failed", scanner=self.name, answer=answer[:200])
        return Scan(ScanState.FAILED, self.name)

    def _answer(self, content: bytes) -> str:
        with self._connected() as connection:
            connection.settimeout(REPLY_TIMEOUT)
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                chunk = content[start : start + CHUNK]
                connection.sendall(struct.pack(">I", len(chunk)) + chunk)
            connection.sendall(struct.pack(">I", 0))
            received = b""
            while not received.endswith(b"\0") and len(received) < LONGEST_REPLY:
                part = connection.recv(LONGEST_REPLY)
                if not part:
                    break
                received += part
        return received.rstrip(b"\0").decode(errors="replace").strip()

    def _connected(self) -> socket.socket:
        if not self._place.path:
            return socket.create_connection((self._place.host, self._place.port), CONNECT_TIMEOUT)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(CONNECT_TIMEOUT)
            connection.connect(self._place.path)
        except OSError:
            connection.close()
            raise
        return connection
