"""The second template of a stage: distribution and pages, in the region where CloudFront takes its firewall from.

What CloudFront lacks in China is left out there (docs/decisions/0084).
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

from tools.packaging import aws_regions
from tools.packaging.stage import CHALICE, Stage

FUNCTION, ACCESS, IDENTITY = "PageAddresses", "SiteAccess", "SiteIdentity"
ALARM = ("AlarmTopic", "AlarmMail", "FirewallBlocks")
CERTIFICATE_OF_IAM = "IamCertificateId"


def template(stage: Stage) -> dict[str, Any]:
    """The template of a stage with a certificate; its firewall has the rules of `.chalice/resources.json`."""
    made = _read("edge.json")
    config = made["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    config["Aliases"] = [stage.domain]
    made["Resources"]["AlarmMail"]["Properties"]["Endpoint"] = stage.deployment["alarm_email"]
    config["ViewerCertificate"]["AcmCertificateArn"] = stage.deployment["certificate"]
    if stage.partition == aws_regions.CHINA:
        _without_what_china_lacks(made)
    else:
        made["Resources"]["WebAcl"] = _of_distribution(_read("resources.json")["Resources"]["WebAcl"], stage)
    return made


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CHALICE / name).read_text(encoding="utf-8"))
    return content


def _of_distribution(firewall: Mapping[str, Any], stage: Stage) -> dict[str, Any]:
    acl = copy.deepcopy(dict(firewall))
    acl["Condition"] = "HasFirewall"
    acl["Properties"]["Scope"] = "CLOUDFRONT"
    text = json.dumps(acl).replace(json.dumps({"Ref": "WebOrigin"}), json.dumps(stage.variables["ABTC_WEB_ORIGIN"]))
    return dict(json.loads(text))


def _without_what_china_lacks(made: dict[str, Any]) -> None:
    """No functions, no origin access control, no firewall and certificates of IAM (docs.amazonaws.cn: CloudFront, WAF).

    The firewall of the API stays where it is. The pages need no function: their paths stand behind `#` there.
    """
    resources = made["Resources"]
    for name in (FUNCTION, ACCESS, *ALARM):
        del resources[name]
    del made["Parameters"]["Firewall"], made["Conditions"]
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    del config["WebACLId"], config["DefaultCacheBehavior"]["FunctionAssociations"]
    config |= {"HttpVersion": "http2", "IPV6Enabled": False}
    certificate = config["ViewerCertificate"]
    certificate[CERTIFICATE_OF_IAM] = certificate.pop("AcmCertificateArn")
    resources[IDENTITY] = {
        "Type": "AWS::CloudFront::CloudFrontOriginAccessIdentity",
        "Properties": {"CloudFrontOriginAccessIdentityConfig": {"Comment": {"Ref": "AWS::StackName"}}},
    }
    pages = config["Origins"][0]
    del pages["OriginAccessControlId"]
    pages["S3OriginConfig"] = {
        "OriginAccessIdentity": {"Fn::Sub": f"origin-access-identity/cloudfront/${{{IDENTITY}}}"}
    }
    for statement in resources["SiteBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]:
        if statement["Sid"] == "Distribution":
            statement["Principal"] = {"CanonicalUser": {"Fn::GetAtt": [IDENTITY, "S3CanonicalUserId"]}}
            del statement["Condition"]
