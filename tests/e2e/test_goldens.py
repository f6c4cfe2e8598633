"""Every golden case of this Region, on the embedded AWS: what the goldens record is what CloudFormation takes."""

from __future__ import annotations

import json

import pytest

from tests.e2e.account import Account, removable
from tests.support.goldens import FOLDER, Golden, goldens

# The embedded AWS has no type for a profile that a template makes by itself: docs/embedded-aws.md.
LACKING = '"Type": "AWS::Bedrock::ApplicationInferenceProfile"'
HERE = [
    golden
    for golden in goldens()
    if golden.environment.region == "us-east-1" and LACKING not in json.dumps(golden.template)
]


@pytest.fixture
def network(account: Account) -> None:
    """The stack of somebody else that a case imports its VPC or its role from."""
    ec2 = account.aws.client("ec2")
    group = ec2.describe_security_groups()["SecurityGroups"][0]
    values = {"network-vpc": group["VpcId"], "network-functions": group["GroupId"]}
    outputs = {
        name.title().replace("-", ""): {"Value": value, "Export": {"Name": name}} for name, value in values.items()
    }
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}}
    guardrail = {"Name": "shared", "BlockedInputMessaging": "no", "BlockedOutputsMessaging": "no"}
    for name, attribute in (("guardrail-arn", "GuardrailArn"), ("guardrail-version", "Version")):
        value = {"Fn::GetAtt": ["Guardrail", attribute]}
        outputs[attribute] = {"Value": value, "Export": {"Name": name}}
    outputs["SharedRole"] = {"Value": {"Fn::GetAtt": ["Shared", "Arn"]}, "Export": {"Name": "shared-role-arn"}}
    resources = {"Shared": role, "Guardrail": {"Type": "AWS::Bedrock::Guardrail", "Properties": guardrail}}
    template = {"Resources": resources, "Outputs": outputs}
    account.deploy(json.dumps(template), stack="network")


@pytest.mark.usefixtures("network")
@pytest.mark.parametrize("golden", HERE, ids=[golden.name for golden in HERE])
def test_a_golden_case_deploys_and_goes(account: Account, golden: Golden) -> None:
    """The case deploys with the values it is recorded for, and its deletion leaves nothing."""
    template = removable((FOLDER / golden.name / "template.yaml").read_text(encoding="utf-8"))
    before = account.holdings()
    account.deploy(template, dict(golden.environment.parameters))
    account.delete()
    assert account.holdings() == before
