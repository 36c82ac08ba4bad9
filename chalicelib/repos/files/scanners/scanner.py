"""The port of all scanners, and the one that the settings name."""

from typing import Protocol

from chalicelib.config import Settings, settings
from chalicelib.repos.files.scanners.clamd import ClamdScanner
from chalicelib.repos.files.scanners.guardduty import GuardDutyScanner
from chalicelib.repos.files.scanners.sandbox import SandboxScanner
from chalicelib.repos.files.uploads import StoredFile
from chalicelib.rules.base.errors import Misconfigured
from chalicelib.rules.files.scans import Clamd, Scan, ScannerName
from chalicelib.rules.files.upload_events import UploadedVersion


class Scanner(Protocol):
    """Scans uploads."""

    name: ScannerName

    serves_requests: bool
    """Whether a request of the API may ask it; clamd listens in a network that the API's function is not in."""

    repeats_by_itself: bool
    """Whether asking again scans again; if not, only a new version of the upload is scanned again."""

    def scan(self, upload: UploadedVersion, file: StoredFile) -> Scan:
        """The result for an upload that was read; FAILED if the scanner gives none.

        Raises:
            Unavailable: S3 does not answer.
        """


def current() -> Scanner:
    """The scanner of this deployment.

    Raises:
        Misconfigured: The setting names no scanner, or the sandbox's in production.
    """
    return of_settings(settings())


def of_settings(configured: Settings) -> Scanner:
    """The scanner that these settings name; refusals as of `current`."""
    if configured.scanner == ScannerName.GUARDDUTY:
        return GuardDutyScanner()
    if configured.scanner == ScannerName.SANDBOX and not configured.is_production:
        return SandboxScanner()
    if (place := Clamd.at(configured.scanner)) is not None:
        return ClamdScanner(place)
    raise Misconfigured("ABTC_SCANNER")
