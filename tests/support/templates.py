"""Templates to start from, their expansion, and what is wrong with them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import Diagnostic, TemplateError
from lambda_bedrock_profile.expand import expand

MODEL = "amazon.nova-lite-v1:0"
ACCOUNT = "111122223333"
PROVIDER = "arn:aws:lambda:us-east-1:111122223333:function:provider"
CODE = {"ZipFile": "def handler(event, context): ..."}
FUNCTION: dict[str, Any] = {"Runtime": "python3.13", "Handler": "index.handler", "Code": CODE}
IDS = {"VpcId": "vpc-1", "SubnetIds": ["subnet-1", "subnet-2"]}
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16", "EnableDnsHostnames": True}}
OTHER_NAMES: dict[str, Any] = {
    "FoundationModelEnvironmentVariableName": "DRAFT_MODEL",
    "InferenceProfileEnvironmentVariableName": "DRAFT_PROFILE",
}
NO_VALUE = {"Ref": "AWS::NoValue"}


def new(attributes: Mapping[str, Any] | None = None, /, **properties: Any) -> dict[str, Any]:
    """A declaration that makes its function."""
    result = {"BedrockModelId": MODEL, "LambdaFunctionProps": FUNCTION, **properties}
    return {"Type": TYPE, **(attributes or {}), "Properties": result}


def on(function: Any, attributes: Mapping[str, Any] | None = None, /, **properties: Any) -> dict[str, Any]:
    """A declaration on a function of the template."""
    result = {"BedrockModelId": MODEL, "ExistingLambdaObj": function, **properties}
    return {"Type": TYPE, **(attributes or {}), "Properties": result}


def role(**properties: Any) -> dict[str, Any]:
    """A role of the template."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:*"}]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, **properties}}


def plain(attributes: Mapping[str, Any] | None = None, /, **properties: Any) -> dict[str, Any]:
    """A function of CloudFormation's own type, with the role ``Role`` of the template."""
    result = {**FUNCTION, "Role": {"Fn::GetAtt": ["Role", "Arn"]}, **properties}
    return {"Type": "AWS::Lambda::Function", **(attributes or {}), "Properties": result}


def serverless(attributes: Mapping[str, Any] | None = None, /, **properties: Any) -> dict[str, Any]:
    """A serverless function."""
    result = {"Runtime": "python3.13", "Handler": "app.handler", "InlineCode": "x", **properties}
    return {"Type": "AWS::Serverless::Function", **(attributes or {}), "Properties": result}


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


def template(sections: Mapping[str, Any] | None = None, /, **resources: Any) -> dict[str, Any]:
    """A template of ``resources`` and other sections."""
    return {**(sections or {}), "Resources": resources}


def expanded(
    source: Mapping[str, Any], region: str = "us-east-1", *, provider: bool = False, **parameters: Any
) -> dict[str, Any]:
    """The processed template; ``source`` has to stay as it is."""
    before = copy.deepcopy(source)
    environment = StackContext(region, ACCOUNT, parameters, PROVIDER if provider else None)
    try:
        return dict(expand(source, environment, Catalog.bundled()).template)
    finally:
        assert source == before


def resources(source: Mapping[str, Any], region: str = "us-east-1", **parameters: Any) -> dict[str, Any]:
    """The resources of the processed template."""
    result: dict[str, Any] = expanded(source, region, **parameters)["Resources"]
    return result


def problems(source: Mapping[str, Any], region: str = "us-east-1", **parameters: Any) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with ``source``, which may not expand."""
    try:
        result = expanded(source, region, **parameters)
    except TemplateError as error:
        return error.problems
    raise AssertionError(f"expanded to {', '.join(result['Resources'])}")


def problem(source: Mapping[str, Any], region: str = "us-east-1", **parameters: Any) -> Diagnostic:
    """The one thing that is wrong with ``source``."""
    errors = problems(source, region, **parameters)
    assert len(errors) == 1, [str(item) for item in errors]
    return errors[0]


def properties(template: Mapping[str, Any], logical_id: str) -> dict[str, Any]:
    """The properties of a resource of a processed template."""
    result: dict[str, Any] = template["Resources"][logical_id]["Properties"]
    return result


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The resources of the type AWS::EC2::``kind``, by logical id."""
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == f"AWS::EC2::{kind}"
    }


def variables(function: Mapping[str, Any]) -> Any:
    """The environment variables of a function's resource."""
    return function["Properties"]["Environment"]["Variables"]


def profile_arn(logical_id: str) -> dict[str, Any]:
    """The expression of the ARN of a declaration's profile."""
    return {"Fn::GetAtt": [logical_id + "InferenceProfile", "InferenceProfileArn"]}
