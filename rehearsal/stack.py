"""A CloudFormation stack in the embedded engine, created as docs/operations.md describes."""

import json
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

from sandbox.engine.engine import REGION, Engine

PACKAGES = "abtc-packages"
CREATED_WITHIN = 60.0


class NotCreated(Exception):
    """Raised with the failed events when the stack does not reach CREATE_COMPLETE."""


class Stack:
    """One deployment."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        self._session = boto3.Session("test", "test", region_name=REGION)

    def client(self, service: str) -> Any:
        """A client of the engine, with the rights of the account."""
        return self._session.client(service, endpoint_url=self.engine.url)

    def upload(self, archive: Path) -> str:
        """Upload the zip to the bucket for packages. Returns its address."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=PACKAGES)
        s3.upload_file(str(archive), PACKAGES, archive.name)
        return f"s3://{PACKAGES}/{archive.name}"

    def create(self, template: Mapping[str, Any], **parameters: str) -> None:
        """Create the stack and wait until it is complete; else raise `NotCreated`."""
        self.client("s3").put_object(Bucket=PACKAGES, Key="template.json", Body=json.dumps(template).encode())
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=self.name,
            TemplateURL=f"{self.engine.url}/{PACKAGES}/template.json",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        )
        deadline = time.monotonic() + CREATED_WITHIN
        while (status := self._description()["StackStatus"]).endswith("_IN_PROGRESS") and time.monotonic() < deadline:
            time.sleep(0.5)
        if status != "CREATE_COMPLETE":
            raise NotCreated(f"{status}\n{self._failures()}")

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

    def _failures(self) -> str:
        events = self.client("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]
        return "\n".join(
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        )
