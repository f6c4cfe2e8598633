"""Small templates with a network, and what they expand to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Problem, TemplateError
from lambda_bedrock_profile.expand import expand

FUNCTION = {
    "Runtime": "python3.13",
    "Handler": "index.handler",
    "Code": {"ZipFile": "def handler(event, context): ..."},
}
IDS = {"VpcId": "vpc-1", "SubnetIds": ["subnet-1", "subnet-2"]}
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16", "EnableDnsHostnames": True}}


def declaration(**properties: Any) -> dict[str, Any]:
    """A declaration of a new function; with ExistingLambdaObj, of that one."""
    function = {} if "ExistingLambdaObj" in properties else {"LambdaFunctionProps": FUNCTION}
    return {
        "Type": "Custom::LambdaBedrockProfile",
        "Properties": {"BedrockModelId": "amazon.nova-lite-v1:0", **function, **properties},
    }


def subnet(vpc: Any, zone: Any = None, **properties: Any) -> dict[str, Any]:
    """A subnet of ``vpc``, a logical id or an expression."""
    vpc = {"Ref": vpc} if isinstance(vpc, str) else vpc
    zoned = {} if zone is None else {"AvailabilityZone": zone}
    return {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": vpc, **zoned, **properties}}


def network(**subnets: dict[str, Any]) -> dict[str, Any]:
    """The VPC Office and ``subnets``."""
    return {"Office": VPC, **subnets}


def get_att(logical_id: str, attribute: str) -> dict[str, Any]:
    """Fn::GetAtt in the long form."""
    return {"Fn::GetAtt": [logical_id, attribute]}


def expanded(
    resources: Mapping[str, Any], *, region: str = "us-east-1", provider_arn: str | None = None, **sections: Any
) -> dict[str, Any]:
    """The processed template of ``resources``; ``values`` among ``sections`` are the parameters' values."""
    values = sections.pop("values", {})
    environment = StackContext(region, "111122223333", values, provider_arn)
    return dict(expand({"Resources": resources, **sections}, environment, Catalog.bundled()).template)


def problems(resources: Mapping[str, Any], **options: Any) -> list[Problem]:
    """The problems of a template that cannot be expanded."""
    with pytest.raises(TemplateError) as raised:
        expanded(resources, **options)
    return list(raised.value.problems)


def one_problem(resources: Mapping[str, Any], **options: Any) -> str:
    """The one problem of a template, as the user reads it."""
    (problem,) = problems(resources, **options)
    return str(problem)


def properties(template: Mapping[str, Any], logical_id: str) -> dict[str, Any]:
    """The properties of a resource of a processed template."""
    found: dict[str, Any] = template["Resources"][logical_id]["Properties"]
    return found


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The resources of the type AWS::EC2::``kind``, by logical id."""
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == f"AWS::EC2::{kind}"
    }
