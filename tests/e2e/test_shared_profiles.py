"""One profile for several functions, and a profile for a role that is no function's, on the embedded AWS."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.e2e.account import EXAMPLE, Account
from tests.support.embedded_aws import ACCOUNT
from tests.support.template_text import read_template

PROPERTIES = read_template(EXAMPLE.read_text(encoding="utf-8"))["Resources"]["Assistant"]["Properties"]
FUNCTION = PROPERTIES["LambdaFunctionProps"]
LITE = "amazon.nova-lite-v1:0"
TYPE = "Custom::LambdaBedrockProfile"
WRITER: dict[str, Any] = {"Type": TYPE, "Properties": {"BedrockModelId": LITE, "LambdaFunctionProps": FUNCTION}}
# The system-defined profiles of the embedded AWS lead to one Region, those of the catalog to several.
ALONE = {"DeployCrossRegionProfile": False}
MESSAGES = [{"role": "user", "content": [{"text": "Hello"}]}]


def template(outputs: dict[str, Any], **resources: Any) -> str:
    """A template for the macro."""
    values = {name: {"Value": value} for name, value in outputs.items()}
    return json.dumps({"Transform": "LambdaBedrockProfile", "Resources": resources, "Outputs": values})


def named(profile: Any, **more: Any) -> dict[str, Any]:
    """A declaration with a function on a profile that is there."""
    return {
        "Type": TYPE,
        "Properties": {"ExistingInferenceProfile": profile, "LambdaFunctionProps": FUNCTION, **more},
    }


def test_two_functions_answer_through_one_profile(account: Account) -> None:
    """Both functions call the one profile that is made; the second stays when another stack names the profile, too."""
    arn = {"Fn::GetAtt": ["Reviewer", "InferenceProfileArn"]}
    outputs = account.deploy(
        template(
            {"Writer": {"Ref": "Writer"}, "Reviewer": {"Ref": "Reviewer"}, "Arn": arn},
            Writer={"Type": TYPE, "Properties": {**WRITER["Properties"], **ALONE}},
            Reviewer=named({"Fn::GetAtt": ["Writer", "InferenceProfileArn"]}),
        )
    )
    assert [*account.profiles()] == [outputs["Arn"]]
    for function in ("Writer", "Reviewer"):
        assert outputs["Arn"] in account.ask(outputs[function])

    elsewhere = template(
        {"Third": {"Ref": "Third"}, "Id": {"Fn::GetAtt": ["Third", "InferenceProfileId"]}},
        Third=named(outputs["Arn"], BedrockModelId=LITE, VerifyModelAccess=True, **ALONE),
    )
    third = account.deploy(elsewhere, stack="third")
    assert outputs["Arn"] in account.ask(third["Third"])
    assert outputs["Arn"].endswith(f"/{third['Id']}")
    assert [*account.profiles()] == [outputs["Arn"]]


def test_a_profile_of_something_else_fails_before_anything_is_made(account: Account) -> None:
    """The deployment compares what the declaration says with what the profile was made from."""
    outputs = account.deploy(template({"Arn": {"Fn::GetAtt": ["Writer", "InferenceProfileArn"]}}, Writer=WRITER))
    before = account.holdings()
    wrong = named(outputs["Arn"], BedrockModelId="amazon.nova-pro-v1:0", VerifyModelAccess=True)
    with pytest.raises(Exception, match="was made from amazon"):
        account.deploy(template({}, Third=wrong), stack="wrong")
    account.engine.delete("wrong")
    account.stacks.remove("wrong")
    assert account.holdings() == before


def test_a_role_that_is_no_functions_calls_its_model(account: Account) -> None:
    """Whoever assumes the role may call the model through the profile, and not past it."""
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    task = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
    }
    outputs = account.deploy(
        template(
            {"Role": {"Fn::GetAtt": ["Model", "RoleArn"]}, "Arn": {"Fn::GetAtt": ["Model", "InferenceProfileArn"]}}
            | {"Id": {"Ref": "Model"}},
            Task=task,
            Model={"Type": TYPE, "Properties": {"BedrockModelId": LITE, "ExistingRole": {"Ref": "Task"}}},
        )
    )
    assert outputs["Arn"].endswith(f"/{outputs['Id']}")
    bedrock = assumed(account, outputs["Role"])
    answer = bedrock.converse(modelId=outputs["Arn"], messages=MESSAGES)
    assert answer["output"]["message"]["content"]
    for past in (LITE, f"us.{LITE}"):
        with pytest.raises(ClientError, match="AccessDenied"):
            bedrock.converse(modelId=past, messages=MESSAGES)
    account.delete()
    assert account.profiles() == {}


def assumed(account: Account, role: str) -> Any:
    """A client of Bedrock's runtime with the rights of the role."""
    keys = account.aws.client("sts").assume_role(RoleArn=role, RoleSessionName="task")["Credentials"]
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=account.aws.url,
        verify=str(account.aws.certificate),
        region_name=account.aws.region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
