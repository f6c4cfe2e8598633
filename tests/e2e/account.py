"""An account on the embedded AWS with the macro deployed in it, as a test sees it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.embedded_aws import ROOT, EmbeddedAws
from tests.support.macro_engine import MacroEngine, status
from tests.support.template_text import read_template

OWNER_TAG = "lambda-bedrock-profile-owner"
EXAMPLE = ROOT / "examples" / "assistant.yaml"
_numbers = itertools.count(1)


def assistant(**properties: Any) -> str:
    """The example, its declaration with ``properties`` put over its own."""
    template = read_template(EXAMPLE.read_text(encoding="utf-8"))
    template["Resources"]["Assistant"]["Properties"] |= properties
    return json.dumps(template)


def removable(text: str) -> str:
    """The template in ``text``, retaining nothing: that would have to be tidied up by hand."""
    template = json.dumps(read_template(text))
    kept = json.loads(
        template, object_pairs_hook=lambda pairs: dict(pair for pair in pairs if pair[0] != "DeletionPolicy")
    )
    return json.dumps(kept)


@dataclass
class Account:
    """Deploys stacks through the macro, and tells what is there; remembers its stacks, so that they can be removed.

    A stack's name and the profiles that were there before are its own affair: what one test leaves fails no other.
    """

    engine: MacroEngine
    stack: str = field(default_factory=lambda: f"stack-{next(_numbers)}")
    """The stack that is meant where none is named."""
    stacks: list[str] = field(default_factory=list)
    found: frozenset[str] = frozenset()
    """The profiles that were there before."""

    def __post_init__(self) -> None:
        self.found = frozenset(self._profiles())

    @property
    def aws(self) -> EmbeddedAws:
        """The AWS the account is in."""
        return self.engine.aws

    def deploy(self, template: str, parameters: Mapping[str, str] | None = None, stack: str = "") -> dict[str, str]:
        """Create or update a stack, and return its outputs."""
        stack = stack or self.stack
        if stack not in self.stacks:
            self.stacks.append(stack)
        return self.engine.deploy(stack, template, parameters)

    @property
    def status(self) -> str | None:
        """The stack's status, or None where there is none."""
        return status(self.aws, self.stack)

    def delete(self) -> None:
        """Delete the stack."""
        self.engine.delete(self.stack)

    def delete_stacks(self) -> None:
        """Delete every stack that is left, the last one first."""
        while self.stacks:
            stack = self.stacks.pop()
            if status(self.aws, stack) not in {None, "DELETE_COMPLETE"}:
                self.engine.delete(stack)

    def invoke(self, function: str, event: Any) -> Any:
        """What the function answers; what it raised, where it failed."""
        return json.loads(self.aws.functions.invoke(FunctionName=function, Payload=json.dumps(event))["Payload"].read())

    def ask(self, function: str) -> str:
        """What the model answers through the function."""
        answer = self.invoke(function, {"question": "What is an inference profile?"})
        assert isinstance(answer, str), answer
        return answer

    def resources(self) -> dict[str, str]:
        """The stack's physical ids by logical id."""
        found = self.aws.cloudformation.describe_stack_resources(StackName=self.stack)["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def profiles(self) -> dict[str, Any]:
        """The application inference profiles that have been made, by ARN."""
        return {arn: profile for arn, profile in self._profiles().items() if arn not in self.found}

    def _profiles(self) -> dict[str, Any]:
        found = self.aws.bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
        return {profile["inferenceProfileArn"]: profile for profile in found}

    @property
    def stack_id(self) -> str:
        """The stack's id."""
        return self.aws.cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]["StackId"]

    def profile_tags(self, arn: str) -> dict[str, str]:
        """The tags of a profile but for the provider's own."""
        return {key: value for key, value in self.all_profile_tags(arn).items() if key != OWNER_TAG}

    def all_profile_tags(self, arn: str) -> dict[str, str]:
        """The tags of a profile."""
        found = self.aws.bedrock.list_tags_for_resource(resourceARN=arn)["tags"]
        return {tag["key"]: tag["value"] for tag in found}

    def policy(self, role: str) -> dict[str, Any]:
        """The statements of a role's inline policies, by Sid."""
        iam = self.aws.client("iam")
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        policies = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
        return {statement["Sid"]: statement for policy in policies for statement in policy["Statement"]}

    def holdings(self) -> dict[str, frozenset[str]]:
        """Everything in the account that an expansion can make, by kind."""
        ec2, iam, logs, cloudwatch = (self.aws.client(name) for name in ("ec2", "iam", "logs", "cloudwatch"))
        functions = self.aws.functions.list_functions()["Functions"]
        return {
            "profiles": frozenset(self._profiles()),
            "functions": _each(functions, "FunctionArn"),
            "roles": _each(iam.list_roles()["Roles"], "RoleName"),
            "log groups": _each(logs.describe_log_groups()["logGroups"], "logGroupName"),
            "alarms": _each(cloudwatch.describe_alarms()["MetricAlarms"], "AlarmName"),
            "guardrails": _each(self.aws.bedrock.list_guardrails()["guardrails"], "arn"),
            "VPCs": _each(ec2.describe_vpcs()["Vpcs"], "VpcId"),
            "subnets": _each(ec2.describe_subnets()["Subnets"], "SubnetId"),
            "route tables": _each(ec2.describe_route_tables()["RouteTables"], "RouteTableId"),
            "security groups": _each(ec2.describe_security_groups()["SecurityGroups"], "GroupId"),
            "endpoints": _each(ec2.describe_vpc_endpoints()["VpcEndpoints"], "VpcEndpointId"),
            "flow logs": _each(ec2.describe_flow_logs()["FlowLogs"], "FlowLogId"),
            "network interfaces": _each(ec2.describe_network_interfaces()["NetworkInterfaces"], "NetworkInterfaceId"),
        }


def _each(found: Iterable[Mapping[str, Any]], name: str) -> frozenset[str]:
    return frozenset(item[name] for item in found)
