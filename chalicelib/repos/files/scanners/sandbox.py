"""The scanner of the sandbox: it recognises the EICAR test file, also inside of other files, and nothing else.

It says what it is wherever it is named, and production refuses it.
"""

from chalicelib.repos.files.uploads import StoredFile
from chalicelib.rules.files import eicar
from chalicelib.rules.files.scans import Scan, ScannerName, ScanState
from chalicelib.rules.files.upload_events import UploadedVersion

THREAT = "EICAR test file"


class SandboxScanner:
    """Looks for the EICAR test file."""

    name = ScannerName.SANDBOX
    serves_requests = True
    repeats_by_itself = True

    def scan(self, upload: UploadedVersion, file: StoredFile) -> Scan:
        """INFECTED if the file contains the test file; UNSUPPORTED if it is packed too deeply to be looked through."""
        del upload
        try:
            found = eicar.is_in(file.content)
        except eicar.TooDeep:
            return Scan(ScanState.UNSUPPORTED, self.name)
        return Scan(ScanState.INFECTED, self.name, THREAT) if found else Scan(ScanState.CLEAN, self.name)
