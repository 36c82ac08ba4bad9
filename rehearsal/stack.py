"""A CloudFormation stack in the embedded engine, created as docs/operations.md describes."""

from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

from sandbox.engine.engine import REGION, Engine
from tools.deployment import __main__ as deployment
from tools.deployment import edge
from tools.deployment.account import Account


class Stack:
    """The stack of a stage in the engine."""

    def __init__(self, engine: Engine, account: Account) -> None:
        self.engine, self.account, self.name = engine, account, account.stage.stack
        self._session = boto3.Session("test", "test", region_name=REGION)

    def client(self, service: str) -> Any:
        """A client of the engine, with the rights of the account."""
        return self._session.client(service, endpoint_url=self.engine.url)

    def deploy(self, folder: Path) -> None:
        """Run `make deploy` for the package of a folder; the smoke test needs the engine's own address of the API."""
        deployment.deploy(self.account, folder, lambda: True, smoke=False)

    @cached_property
    def resources(self) -> dict[str, tuple[str, str]]:
        """Type and physical name of every created resource, by its logical name."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        summaries = [summary for page in pages for summary in page["StackResourceSummaries"]]
        return {
            summary["LogicalResourceId"]: (summary["ResourceType"], summary["PhysicalResourceId"])
            for summary in summaries
        }

    def named(self, logical: str) -> str:
        """Physical name of a resource."""
        return self.resources[logical][1]

    @property
    def api_url(self) -> str:
        """Base address of the deployed API, `/v1` included."""
        outputs = {output["OutputKey"]: output["OutputValue"] for output in self._description()["Outputs"]}
        return f"{self.engine.url}/_aws/execute-api/{outputs['RestAPIId']}/{self.named('RestAPIprodStage')}/v1"

    @property
    def distribution(self) -> str:
        """Host of the distribution."""
        return edge.outputs(Account(self.account.stage.of_edge))["DistributionDomain"]

    def operators_environment(self) -> dict[str, str]:
        """Variables for the operators' commands: those of the engine and of the API's function."""
        configuration = self.client("lambda").get_function_configuration(FunctionName=self.named("APIHandler"))
        return {**self.engine.environment(), **configuration["Environment"]["Variables"]}

    def lines(self) -> str:
        """The log lines of the functions, by log group."""
        logs = self.client("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        return "\n".join(
            f"{group}  {event['message'].rstrip()}"
            for group in groups
            for event in logs.filter_log_events(logGroupName=group)["events"]
        )

    def _description(self) -> dict[str, Any]:
        stack: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        return stack
