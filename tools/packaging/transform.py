"""The resources that AWS makes of a SAM template when it is deployed, without an account."""

import json
from typing import Any

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tools.packaging import aws_regions
from tools.packaging.finish import of_type


class _Session:
    """What the transform asks a session of boto3 for."""

    def __init__(self, region: str) -> None:
        self.region_name = region

    def get_partition_for_region(self, region: str) -> str:
        """The partition of a region."""
        return aws_regions.partition(region)


def transformed(template: dict[str, Any], region: str) -> dict[str, Any]:
    """The resources of a template after the transform of SAM, by their logical names.

    Parameters have their default, or the first allowed value.
    """
    given = json.loads(json.dumps(template))
    for parameter in given["Parameters"].values():
        parameter.setdefault("Default", parameter.get("AllowedValues", ["1"])[0])
    for function in of_type(given, "AWS::Serverless::Function").values():
        function["Properties"]["CodeUri"] = "s3://packages/portal.zip"  # as the upload of a package writes it
    values = {name: parameter["Default"] for name, parameter in given["Parameters"].items()}
    translator = Translator({}, Parser(), [], _Session(region))
    resources: dict[str, Any] = translator.translate(given, values)["Resources"]
    return resources
