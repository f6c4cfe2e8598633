"""A processed template as it is deployed: every expression filled in, and the policies that a function has then.

What deployment makes is named by its logical id. A profile has an id of twelve characters, as Bedrock makes them, and
another one if a property changes that only a replacement can change.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lambda_bedrock_profile.bedrock import partition
from tests.support.policy_evaluation import Statement, listed, statement_of
from tests.support.templates import ACCOUNT

STACK_ID = "50d6f0a0-d4a3-11e3-9aab-500c286f3262"
_ABSENT = object()

# AWS Managed Policy Reference: what SAM attaches to the roles that it makes.
_LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
_INTERFACES = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]
MANAGED = {
    "AWSLambdaBasicExecutionRole": _LOGS,
    "AWSLambdaVPCAccessExecutionRole": [*_LOGS, *_INTERFACES],
}
NAMES = {
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
}
"""The property that names a resource of a type, where there is one; else it is named by its logical id."""


@dataclass(frozen=True)
class Deployed:
    """``template`` as deployed in ``region`` with ``parameters``, a Default for each that is not given."""

    template: Mapping[str, Any]
    region: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def arn(self, rest: str) -> str:
        """An ARN of Bedrock in this account and Region."""
        return f"arn:{partition(self.region)}:bedrock:{self.region}:{ACCOUNT}:{rest}"

    def model_arn(self, region: str, model: str) -> str:
        """The ARN of a foundation model, which has no account."""
        return f"arn:{partition(self.region)}:bedrock:{region}::foundation-model/{model}"

    def profile_arn(self, declaration: str) -> str:
        """The ARN of the profile of ``declaration``."""
        return self._profile(f"{declaration}InferenceProfile")

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources that are deployed, those whose Condition holds."""
        return {
            logical_id: resource
            for logical_id, resource in self.template["Resources"].items()
            if "Condition" not in resource or self.holds(resource["Condition"])
        }

    def properties(self, logical_id: str) -> dict[str, Any]:
        """The properties of a resource, filled in."""
        properties: dict[str, Any] = self.value(self.resources[logical_id].get("Properties", {}))
        return properties

    def value(self, expression: Any) -> Any:
        """What ``expression`` comes to once it is deployed."""
        value = self._value(expression)
        return None if value is _ABSENT else value

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds."""
        return self._truth(self.template["Conditions"][condition])

    def decided(self, logical_id: str) -> Any:
        """The properties of a resource as they are written, of each Fn::If the branch that is taken."""
        return self._decided(self.resources[logical_id].get("Properties", {}))

    def dependencies(self, logical_id: str) -> frozenset[str]:
        """The deployed resources that a resource waits for: those it refers to, and its DependsOn."""
        resource = self.resources[logical_id]
        ids = {*listed(resource.get("DependsOn", [])), *references(self.decided(logical_id))}
        return frozenset(ids & self.resources.keys() - {logical_id})

    def identity(self, function: str) -> list[Statement]:
        """What the policies on the role of the function with this logical id say."""
        role = str(self.properties(function)["Role"]).rpartition("/")[2]
        return [statement_of(statement) for document in self.documents[role] for statement in document["Statement"]]

    def endpoint(self, service: str, vpc: str) -> list[Statement]:
        """What the policy of the endpoint to ``service`` in a VPC says; raises ValueError unless there is one."""
        endpoints = [
            each for each in self._endpoints if each["VpcId"] == vpc and each["ServiceName"].endswith(f".{service}")
        ]
        (endpoint,) = endpoints
        return [statement_of(statement) for statement in endpoint["PolicyDocument"]["Statement"]]

    @cached_property
    def _endpoints(self) -> list[dict[str, Any]]:
        kind = "AWS::EC2::VPCEndpoint"
        return [self.properties(name) for name, resource in self.resources.items() if resource["Type"] == kind]

    @cached_property
    def documents(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """The documents of every policy on a role, by the role's name."""
        documents: dict[str, list[Mapping[str, Any]]] = {}
        for logical_id, resource in self.resources.items():
            if resource["Type"] == "AWS::IAM::Role":
                properties = self.properties(logical_id)
                on_role = documents.setdefault(self._reference(logical_id), [])
                on_role += [policy["PolicyDocument"] for policy in properties.get("Policies") or []]
                on_role += map(self._managed, properties.get("ManagedPolicyArns") or [])
            elif resource["Type"] in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
                properties = self.properties(logical_id)
                for role in properties.get("Roles") or []:
                    documents.setdefault(role, []).append(properties["PolicyDocument"])
        return documents

    def _managed(self, arn: str) -> Mapping[str, Any]:
        """The document of a managed policy that a role names."""
        name = arn.rpartition("/")[2]
        if name in self.resources:
            document: Mapping[str, Any] = self.properties(name)["PolicyDocument"]
            return document
        return {"Statement": [{"Effect": "Allow", "Action": MANAGED[name], "Resource": "*"}]}

    def _decided(self, expression: Any) -> Any:
        if isinstance(expression, list):
            return [self._decided(item) for item in expression]
        if not isinstance(expression, dict):
            return expression
        if expression.keys() == {"Fn::If"}:
            condition, yes, no = expression["Fn::If"]
            return self._decided(yes if self.holds(condition) else no)
        return {key: self._decided(item) for key, item in expression.items()}

    def _value(self, expression: Any) -> Any:
        if isinstance(expression, list):
            return [item for item in map(self._value, expression) if item is not _ABSENT]
        if not isinstance(expression, dict):
            return expression
        name = next(iter(expression)) if len(expression) == 1 else ""
        if name == "Ref" or name.startswith("Fn::"):
            return self._called(name, expression[name])
        members = {key: self._value(item) for key, item in expression.items()}
        return {key: item for key, item in members.items() if item is not _ABSENT}

    def _called(self, name: str, argument: Any) -> Any:
        """What a call of an intrinsic function comes to; raises on one that no test has needed yet."""
        match name:
            case "Ref":
                return self._named(argument)
            case "Fn::GetAtt":
                return self._named(argument if isinstance(argument, str) else ".".join(argument))
            case "Fn::Sub":
                return self._substituted(*(argument if isinstance(argument, list) else [argument]))
            case "Fn::If":
                condition, yes, no = argument
                return self._value(yes if self.holds(condition) else no)
            case "Fn::Join":
                separator, items = argument
                return separator.join(map(str, self._value(items)))
            case "Fn::Select":
                index, items = argument
                return self._value(items)[int(index)]
            case "Fn::Split":
                separator, text = argument
                return self._value(text).split(separator)
            case "Fn::FindInMap":
                section, first, second = self._value(argument)
                return self.template["Mappings"][section][first][second]
            case "Fn::ImportValue":
                return f"<import {self._value(argument)}>"
            case "Fn::Cidr" | "Fn::GetAZs":
                return [f"<{name} {number}>" for number in range(8)]
        raise NotImplementedError(name)

    def _substituted(self, text: str, local: Mapping[str, Any] | None = None) -> str:
        known = {name: self._value(item) for name, item in (local or {}).items()}
        return re.sub(
            r"\$\{(!?)([^}]+)\}",
            lambda match: (
                f"${{{match[2]}}}" if match[1] else str(known[match[2]] if match[2] in known else self._named(match[2]))
            ),
            text,
        )

    def _named(self, name: str) -> Any:
        """The value of a parameter or pseudo parameter, or what a resource is known by."""
        here = partition(self.region)
        stack = f"arn:{here}:cloudformation:{self.region}:{ACCOUNT}:stack/s/{STACK_ID}"
        pseudo = {
            "Region": self.region,
            "Partition": here,
            "AccountId": ACCOUNT,
            "StackName": "stack",
            "StackId": stack,
        }
        if name == "AWS::NoValue":
            return _ABSENT
        if name.startswith("AWS::"):
            return pseudo[name.removeprefix("AWS::")]
        if name in self.template.get("Parameters", {}):
            return self.parameters.get(name, self.template["Parameters"][name].get("Default"))
        logical_id, _, attribute = name.partition(".")
        return self._attribute(logical_id, attribute) if attribute else self._reference(logical_id)

    def _reference(self, logical_id: str) -> str:
        properties = self.template["Resources"][logical_id].get("Properties", {})
        property_of = {
            "AWS::IAM::Role": "RoleName",
            "AWS::Logs::LogGroup": "LogGroupName",
            "AWS::Lambda::Function": "FunctionName",
        }
        kind = self.template["Resources"][logical_id]["Type"]
        return str(self.value(properties.get(property_of.get(kind))) or logical_id)

    def _attribute(self, logical_id: str, attribute: str) -> str:
        kind = self.template["Resources"][logical_id]["Type"]
        here, name = partition(self.region), self._reference(logical_id)
        match kind, attribute:
            case _, "InferenceProfileArn":
                return self._profile(logical_id)
            case "AWS::IAM::Role", "Arn":
                return f"arn:{here}:iam::{ACCOUNT}:role/{name}"
            case "AWS::Logs::LogGroup", "Arn":
                return f"arn:{here}:logs:{self.region}:{ACCOUNT}:log-group:{name}:*"
            case "AWS::Lambda::Function", "Arn":
                return f"arn:{here}:lambda:{self.region}:{ACCOUNT}:function:{name}"
        return f"<{logical_id}.{attribute}>"

    def _profile(self, logical_id: str) -> str:
        """The ARN of a profile, of one that is not in the template as well."""
        properties = self.template["Resources"].get(logical_id, {}).get("Properties", {})
        fixed = {name: value for name, value in properties.items() if name not in {"ServiceToken", "Tags"}}
        identity = json.dumps([logical_id, self.value(fixed)], sort_keys=True)
        return self.arn(f"application-inference-profile/{hashlib.sha256(identity.encode()).hexdigest()[:12]}")

    def _truth(self, condition: Any) -> bool:
        ((name, argument),) = condition.items()
        match name:
            case "Condition":
                return self.holds(argument)
            case "Fn::Not":
                return not self._truth(argument[0])
            case "Fn::And":
                return all(map(self._truth, argument))
            case "Fn::Or":
                return any(map(self._truth, argument))
            case "Fn::Equals":
                first, second = self._value(argument)
                return bool(str(first) == str(second))
        raise NotImplementedError(name)


def references(expression: Any) -> Iterator[str]:
    """Every name that a Ref, Fn::GetAtt or Fn::Sub in ``expression`` speaks of."""
    if isinstance(expression, list):
        for item in expression:
            yield from references(item)
    elif isinstance(expression, dict):
        for name, argument in expression.items():
            if name == "Ref":
                yield str(argument)
            elif name == "Fn::GetAtt":
                yield argument.partition(".")[0] if isinstance(argument, str) else str(argument[0])
            elif name == "Fn::Sub":
                text, local = argument if isinstance(argument, list) else (argument, {})
                yield from (
                    placeholder.partition(".")[0]
                    for placeholder in re.findall(r"\$\{([^!}]+)\}", text)
                    if placeholder not in local
                )
                yield from references(local)
            else:
                yield from references(argument)
