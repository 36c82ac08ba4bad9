"""GuardDuty Malware Protection for S3: it scans each new object by itself and tags it with the result.

Its event, which comes through the queue of uploads, only says when to look: the tag of the very version decides.
"""

from typing import Any

from chalicelib.config import settings
from chalicelib.repos.files import bucket
from chalicelib.repos.files.uploads import StoredFile
from chalicelib.repos.process import aws
from chalicelib.rules.files.scans import Scan, ScannerName, of_tags
from chalicelib.rules.files.upload_events import UploadedVersion


class GuardDutyScanner:
    """Reads the result that GuardDuty has written to the upload."""

    name = ScannerName.GUARDDUTY
    serves_requests = True
    repeats_by_itself = False

    def scan(self, upload: UploadedVersion, file: StoredFile) -> Scan:
        """The result in the tags; SCANNING as long as there is none."""
        key = bucket.upload_key(upload.enterprise_id, upload.name)
        which: Any = {"VersionId": file.version} if file.version else {}
        with aws.translated_faults():
            reply = aws.client("s3").get_object_tagging(Bucket=settings().bucket, Key=key, **which)
        return Scan(of_tags({tag["Key"]: tag["Value"] for tag in reply["TagSet"]}), self.name)
