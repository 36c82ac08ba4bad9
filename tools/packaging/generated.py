"""The deployment template of a stage as Chalice generates it, without building the zip.

`python tools/packaging/generated.py STAGE REGION [DEPLOYMENT]` prints it for the checkout in the current directory,
which may be one of another commit (`tools/template_diff.py`). DEPLOYMENT is JSON with values that replace the stage's.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from chalice.awsclient import TypedAWSClient
from chalice.cli.factory import CLIFactory
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import BuildStage, InjectDefaults, PolicyGenerator, SwaggerBuilder
from chalice.deploy.swagger import CFNSwaggerGenerator
from chalice.package import PackageOptions, ResourceBuilder, SAMTemplateGenerator, TemplateDeepMerger
from chalice.policy import AppPolicyGenerator
from chalice.utils import OSUtils

from tools.packaging import aws_regions, stage, stage_template
from tools.packaging.finish import finished


class _Zip:
    """Names the zip without building it."""

    def handle(self, _config: Any, resource: Any) -> None:
        """Replace Chalice's packager."""
        if hasattr(resource, "deployment_package"):
            resource.deployment_package.filename = "deployment.zip"


class _Region:
    """The part of an AWS client that packaging uses."""

    def __init__(self, name: str) -> None:
        self.region_name = name

    def endpoint_dns_suffix(self, _service: str, region: str) -> str:
        """The DNS suffix of AWS."""
        return aws_regions.url_suffix(region)

    def service_principal(self, service: str, region: str, suffix: str) -> str:
        """The service principal that a role trusts, as Chalice names it."""
        client: Any = TypedAWSClient
        return str(client.service_principal(self, service, region, suffix))


def for_stage(wanted: stage.Stage, root: Path) -> dict[str, Any]:
    """The SAM template of a stage, made of the application that can be imported and the configuration of a checkout."""
    import app  # noqa: F401  imported with the settings of this process, not of the stage

    before = dict(os.environ)
    try:
        config = CLIFactory(str(root)).create_config_obj(chalice_stage_name=wanted.name)
        os_utils = OSUtils()
        policies = PolicyGenerator(policy_gen=AppPolicyGenerator(osutils=os_utils), osutils=os_utils)
        steps: list[Any] = [InjectDefaults(), _Zip(), policies, SwaggerBuilder(swagger_generator=CFNSwaggerGenerator())]
        builder = ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), BuildStage(steps=steps))
        region: Any = _Region(wanted.region)
        resources = builder.construct_resources(config, wanted.name)
        template: dict[str, Any] = SAMTemplateGenerator(config, PackageOptions(region)).generate(resources)
        return finished(TemplateDeepMerger().merge(stage_template.to_merge(), template), wanted)
    finally:
        os.environ.clear()
        os.environ.update(before)


def main(name: str, region: str, deployment: str = "{}") -> None:
    """Print the template of the checkout in the current directory."""
    from chalicelib.config import VARIABLES

    wanted = stage.read(name, region, chalice=Path.cwd() / ".chalice", deployment=json.loads(deployment))
    for variable in VARIABLES.values():
        os.environ[variable] = wanted.variables.get(variable, "-")
    sys.stdout.write(json.dumps(for_stage(wanted, Path.cwd())))


if __name__ == "__main__":
    main(*sys.argv[1:])
