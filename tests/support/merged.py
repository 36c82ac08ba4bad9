"""The deployment template of a stage as Chalice generates it, without building the zip."""

import json
import os
from pathlib import Path
from typing import Any

from chalice.cli.factory import CLIFactory
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import BuildStage, InjectDefaults, PolicyGenerator, SwaggerBuilder
from chalice.deploy.swagger import CFNSwaggerGenerator
from chalice.package import PackageOptions, ResourceBuilder, SAMTemplateGenerator, TemplateDeepMerger
from chalice.policy import AppPolicyGenerator
from chalice.utils import OSUtils

from tools.packaging import stage_template

ROOT = Path(__file__).resolve().parents[2]


class _Zip:
    """Names the zip without building it."""

    def handle(self, _config: Any, resource: Any) -> None:
        """Replace Chalice's packager."""
        if hasattr(resource, "deployment_package"):
            resource.deployment_package.filename = "deployment.zip"


class _Region:
    """The part of an AWS client that packaging uses."""

    region_name = "cn-north-1"

    def endpoint_dns_suffix(self, _service: str, _region: str) -> str:
        """The DNS suffix of AWS."""
        return "amazonaws.com"

    def service_principal(self, service: str, _region: str, suffix: str) -> str:
        """The service principal that a role trusts."""
        return f"{service}.{suffix}"


def merged(stage: str) -> dict[str, Any]:
    """The SAM template of the stage."""
    import app  # noqa: F401  imported with the settings of the tests, not of the stage

    before = dict(os.environ)
    try:
        config = CLIFactory(str(ROOT)).create_config_obj(chalice_stage_name=stage)
        os_utils = OSUtils()
        policies = PolicyGenerator(policy_gen=AppPolicyGenerator(osutils=os_utils), osutils=os_utils)
        steps: list[Any] = [InjectDefaults(), _Zip(), policies, SwaggerBuilder(swagger_generator=CFNSwaggerGenerator())]
        builder = ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), BuildStage(steps=steps))
        region: Any = _Region()
        resources = builder.construct_resources(config, stage)
        template = SAMTemplateGenerator(config, PackageOptions(region)).generate(resources)
        made: dict[str, Any] = json.loads(
            json.dumps(TemplateDeepMerger().merge(stage_template.for_stage(stage), template))
        )
        return made
    finally:
        os.environ.clear()
        os.environ.update(before)
