"""A function that is in the template already, deployed on the embedded AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.account import EXAMPLE, Account
from tests.support.template_text import read_template

SERVERLESS = "AWS::Serverless-2016-10-31"
PROPERTIES = read_template(EXAMPLE.read_text(encoding="utf-8"))["Resources"]["Assistant"]["Properties"]
CODE = PROPERTIES["LambdaFunctionProps"]["Code"]["ZipFile"]
# Without a group of its own Lambda would make one for it, outside the stack.
LOG = {"Type": "AWS::Logs::LogGroup"}
HANDLER = {"Handler": "index.handler", "Runtime": "python3.13", "LoggingConfig": {"LogGroup": {"Ref": "Log"}}}
SAM = {"Type": "AWS::Serverless::Function", "Properties": {**HANDLER, "InlineCode": CODE}}
MODEL: dict[str, Any] = {
    "Type": "Custom::LambdaBedrockProfile",
    "Properties": {"BedrockModelId": "amazon.nova-lite-v1:0", "ExistingLambdaObj": {"Ref": "Chat"}},
}
OUTPUTS = {
    "FunctionName": {"Value": {"Ref": "ChatModel"}},
    "ProfileArn": {"Value": {"Fn::GetAtt": ["ChatModel", "InferenceProfileArn"]}},
    "RoleArn": {"Value": {"Fn::GetAtt": ["ChatModel", "RoleArn"]}},
}
LAMBDA = {
    "Log": LOG,
    "Chat": {
        "Type": "AWS::Lambda::Function",
        "Properties": {**HANDLER, "Code": {"ZipFile": CODE}, "Role": {"Fn::GetAtt": ["Role", "Arn"]}},
    },
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        },
    },
}


def template(resources: dict[str, Any], **sections: Any) -> str:
    """A template for both transforms, the macro listed first."""
    return json.dumps({"Transform": ["LambdaBedrockProfile", SERVERLESS], "Resources": resources, **sections})


@pytest.mark.parametrize("function", [{"Log": LOG, "Chat": SAM}, LAMBDA], ids=["serverless", "lambda"])
def test_an_existing_function_answers_through_its_profile(account: Account, function: dict[str, Any]) -> None:
    """A function of either kind gets the profile's ARN and the right to use it, and its model answers."""
    outputs = account.deploy(template({**function, "ChatModel": MODEL}, Outputs=OUTPUTS))
    assert outputs["FunctionName"] == account.resources()["Chat"]
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])


def test_a_serverless_function_is_moved_into_a_new_vpc_and_back(account: Account) -> None:
    """A running SAM function gets into a new VPC, where its model answers, and out of it again."""
    account.deploy(template({"Log": LOG, "Chat": SAM, "ChatModel": MODEL}, Outputs=OUTPUTS))
    before = account.holdings()
    private = {**MODEL, "Properties": {**MODEL["Properties"], "DeployVpc": True}}

    outputs = account.deploy(template({"Log": LOG, "Chat": SAM, "ChatModel": private}, Outputs=OUTPUTS))
    made = account.resources()
    config = account.aws.functions.get_function_configuration(FunctionName=outputs["FunctionName"])["VpcConfig"]
    assert config["VpcId"] == made["ChatModelVpc"]
    assert config["SubnetIds"] == [made["ChatModelSubnet1"], made["ChatModelSubnet2"]]
    assert config["SecurityGroupIds"] == [made["ChatModelSecurityGroup"]]
    assert "ec2:CreateNetworkInterface" in json.dumps(account.policy(outputs["RoleArn"].rpartition("/")[2]))
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])

    outputs = account.deploy(template({"Log": LOG, "Chat": SAM, "ChatModel": MODEL}, Outputs=OUTPUTS))
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])
    assert account.holdings() == before
    assert "ec2:" not in json.dumps(account.policy(outputs["RoleArn"].rpartition("/")[2]))


def test_a_deployed_function_gets_and_loses_a_profile(account: Account) -> None:
    """A declaration added to a running stack gives the same function a profile, and its removal takes it all back."""
    account.deploy(template({"Log": LOG, "Chat": SAM}))
    function = account.resources()["Chat"]
    before = account.holdings()

    outputs = account.deploy(template({"Log": LOG, "Chat": SAM, "ChatModel": MODEL}, Outputs=OUTPUTS))
    assert outputs["FunctionName"] == function
    assert outputs["ProfileArn"] in account.ask(function)

    account.deploy(template({"Log": LOG, "Chat": SAM}))
    assert account.resources()["Chat"] == function
    assert account.holdings() == before
    assert account.policy(outputs["RoleArn"].rpartition("/")[2]) == {}


def test_two_declarations_give_one_function_two_profiles(account: Account) -> None:
    """A function with two declarations holds two profiles, and may use both."""
    draft = {
        **MODEL,
        "Properties": {
            **MODEL["Properties"],
            "BedrockModelId": "amazon.nova-micro-v1:0",
            "FoundationModelEnvironmentVariableName": "DRAFT_MODEL",
            "InferenceProfileEnvironmentVariableName": "DRAFT_PROFILE",
        },
    }
    code = CODE.replace('os.environ["BEDROCK_PROFILE"]', 'os.environ[event["variable"]]')
    function = {**SAM, "Properties": {**HANDLER, "InlineCode": code}}
    outputs = account.deploy(
        template({"Log": LOG, "Chat": function, "ChatModel": MODEL, "DraftModel": draft}, Outputs=OUTPUTS)
    )
    answers = [
        account.invoke(outputs["FunctionName"], {"question": "Which?", "variable": variable})
        for variable in ("BEDROCK_PROFILE", "DRAFT_PROFILE")
    ]
    profiles = account.profiles()
    assert len(profiles) == 2
    assert [sum(arn in answer for answer in answers) for arn in profiles] == [1, 1]
