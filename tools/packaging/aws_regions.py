"""What the regions of AWS have of what the portal uses. Sources are named, because AWS changes them."""

import functools

import boto3
from botocore.exceptions import UnknownRegionError

CHINA = "aws-cn"
WITHOUT_SNAP_START = frozenset({"ap-east-2", "ap-southeast-6"})
"""Commercial regions without Lambda SnapStart (Lambda Developer Guide, "Supported Regions" of SnapStart)."""


class UnknownRegion(Exception):
    """Raised with the name of a region that the SDK does not know."""


@functools.cache
def partition(region: str) -> str:
    """The partition of a region: `aws`, `aws-cn` and others.

    Raises:
        UnknownRegion: The SDK does not know the region.
    """
    try:
        return str(boto3.Session().get_partition_for_region(region))
    except UnknownRegionError as error:
        raise UnknownRegion(region) from error


@functools.cache
def _regions(service: str, partition: str) -> frozenset[str]:
    """The regions of a partition in which a service is; the SDK reads its list of all of them for each answer."""
    return frozenset(boto3.Session().get_available_regions(service, partition))


def url_suffix(region: str) -> str:
    """The domain of the region's services, `AWS::URLSuffix`."""
    return "amazonaws.com.cn" if partition(region) == CHINA else "amazonaws.com"


def has_ses(region: str) -> bool:
    """Whether Amazon SES is in the region: nowhere in China, and not in `ap-east-1` either."""
    return region in _regions("sesv2", partition(region))


def has_traces(region: str) -> bool:
    """Whether Lambda sends traces to X-Ray there.

    Not in China (docs.amazonaws.cn, "Getting Started": Lambda, "Feature Availability and Implementation Differences").
    """
    return partition(region) != CHINA


def has_malware_protection(region: str) -> bool:
    """Whether GuardDuty Malware Protection for S3 is there: where GuardDuty is, except in China.

    (docs.amazonaws.cn, "Getting Started": GuardDuty, "Feature Availability and Implementation Differences".)
    """
    return partition(region) == "aws" and region in _regions("guardduty", "aws")


def has_snap_start(region: str) -> bool:
    """Whether Lambda SnapStart of Python is there; not in China (the same page)."""
    return partition(region) == "aws" and region not in WITHOUT_SNAP_START


def has_backup(region: str) -> bool:
    """Whether AWS Backup is there: in both regions in China too.

    There copies go from the one to the other only (docs.amazonaws.cn, "Getting Started": Amazon Backup).
    """
    return region in _regions("backup", partition(region))
