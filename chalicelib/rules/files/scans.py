"""Scans of uploads for malicious content: results, and how GuardDuty spells them (docs/decisions/0080)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class ScanState(StrEnum):
    """How far the scan of a file has come. Only a clean file gets an address."""

    NOT_SCANNED = "not_scanned"
    """No scan has begun: it was not uploaded, its event has not arrived, or it was accepted by an earlier version."""
    SCANNING = "scanning"
    CLEAN = "clean"
    INFECTED = "infected"
    """Malicious content was found; the upload was deleted."""
    FAILED = "failed"
    """The scanner gave no result; the scan is repeated."""
    UNSUPPORTED = "unsupported"
    """The scanner cannot look into the file, for example because of a password: it cannot be accepted."""


class ScannerName(StrEnum):
    """Which scanner gives the results."""

    GUARDDUTY = "guardduty"
    CLAMD = "clamd"
    SANDBOX = "sandbox"
    """Recognises the EICAR test file only; not for production."""


UNFINISHED = frozenset({ScanState.SCANNING, ScanState.FAILED})
"""States that another result follows."""


@dataclass(frozen=True)
class Scan:
    """The result of scanning one content."""

    state: ScanState
    scanner: ScannerName
    threat: str = ""
    """The name of what was found, as the scanner calls it; for the log only."""

    @property
    def is_finished(self) -> bool:
        """Whether no other result follows."""
        return self.state not in UNFINISHED


STATUS_TAG = "GuardDutyMalwareScanStatus"
"""The tag that GuardDuty sets on a scanned object."""

OF_STATUS: Mapping[str, ScanState] = {
    "NO_THREATS_FOUND": ScanState.CLEAN,
    "THREATS_FOUND": ScanState.INFECTED,
    "UNSUPPORTED": ScanState.UNSUPPORTED,
    "ACCESS_DENIED": ScanState.FAILED,
    "FAILED": ScanState.FAILED,
}
"""The state that each value of the tag stands for."""


def of_tags(tags: Mapping[str, str]) -> ScanState:
    """The state that the tags of an object tell; unknown values count as a failed scan, never as a clean file."""
    if STATUS_TAG not in tags:
        return ScanState.SCANNING
    return OF_STATUS.get(tags[STATUS_TAG], ScanState.FAILED)


@dataclass(frozen=True)
class Clamd:
    """Where clamd listens: a host and port, or a Unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    @classmethod
    def at(cls, address: str) -> Self | None:
        """The place that an address names, `clamd://host:3310` or `clamd+unix:///path`; None if it names none."""
        scheme, found, rest = address.partition("://")
        if scheme == "clamd+unix" and rest.startswith("/"):
            return cls(path=rest)
        host, _, port = rest.rpartition(":")
        if scheme == "clamd" and found and host and port.isascii() and port.isdecimal():
            return cls(host=host.strip("[]"), port=int(port))
        return None
