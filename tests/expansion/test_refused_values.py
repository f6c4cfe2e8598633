"""Values that CloudFormation's schemas take and AWS refuses at deployment: an error here, at the value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.declarations import within
from tests.support.templates import FUNCTION, NO_VALUE, get_att, new, problem, resources, template

F = "LambdaFunctionProps"
OF_IRELAND = "arn:aws:{}:eu-west-1:111122223333:{}"
HERE = "arn:aws:{}:us-east-1:111122223333:{}"
IMAGE = "111122223333.dkr.ecr.{}.amazonaws.com/chat:1"
ROLE = "arn:aws:iam::111122223333:role/boundary"
POLICY = ROLE.replace("role/", "policy/")
IMAGE_FUNCTION = {"PackageType": "Image", "Code": {"ImageUri": IMAGE.format("eu-west-1")}}


def trust(principal: Any) -> dict[str, Any]:
    """A trust policy for ``principal``."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }


@pytest.mark.parametrize(
    ("path", "value", "place", "words"),
    [
        (f"{F}.Layers", [OF_IRELAND.format("lambda", "layer:a:1")], f"{F}.Layers.0", "is in eu-west-1"),
        (f"{F}.CodeSigningConfigArn", OF_IRELAND.format("lambda", "code-signing-config:csc-1"), "", "is in eu-west-1"),
        (f"{F}.DeadLetterConfig.TargetArn", OF_IRELAND.format("sqs", "failed"), "", "is in eu-west-1"),
        (f"{F}.KmsKeyArn", OF_IRELAND.format("kms", "key/a"), "", "is in eu-west-1"),
        (F, IMAGE_FUNCTION, f"{F}.Code.ImageUri", "is in eu-west-1"),
        (f"{F}.DeadLetterConfig.TargetArn", HERE.format("sqs", "failed.fifo"), "", "is a FIFO queue or topic"),
        (f"{F}.FileSystemConfigs", [{"Arn": "a", "LocalMountPath": "/mnt/a"}], "", "needs a VPC"),
        (f"{F}.LoggingConfig.ApplicationLogLevel", "DEBUG", "", "needs LogFormat: JSON"),
        (
            f"{F}.LoggingConfig",
            {"LogFormat": "Text", "SystemLogLevel": "WARN"},
            f"{F}.LoggingConfig.SystemLogLevel",
            "JSON",
        ),
        (f"{F}.VpcConfig", {"SubnetIds": [], "SecurityGroupIds": ["sg-1"]}, f"{F}.VpcConfig.SubnetIds", "is empty"),
        ("RoleProps.PermissionsBoundary", ROLE, "", "is not the ARN of a managed policy"),
        ("RoleProps.AssumeRolePolicyDocument", trust({"Service": "ec2.amazonaws.com"}), "", "does not let Lambda"),
        (
            "RoleProps.AssumeRolePolicyDocument",
            trust({"Service": ["edgelambda.amazonaws.com"]}),
            "",
            "does not let Lambda",
        ),
    ],
)
def test_what_aws_refuses_is_an_error_at_the_value(path: str, value: Any, place: str, words: str) -> None:
    """The message comes before anything is deployed, and names the property and the Region."""
    found = problem(template(X=new(**within(path, value))))
    assert found.where == f"X.Properties.{place or path}"
    assert words in found.what


@pytest.mark.parametrize("value", [True, "true"])
def test_a_fifo_queue_of_the_template_takes_no_failed_events(value: Any) -> None:
    """The queue is found by the reference to it, and a standard queue beside it is taken."""
    queues = {
        "Ordered": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": value}},
        "Plain": {"Type": "AWS::SQS::Queue"},
    }
    path = f"{F}.DeadLetterConfig.TargetArn"
    found = problem(template(X=new(**within(path, get_att("Ordered", "Arn"))), **queues))
    assert found.where == f"X.Properties.{path}"
    assert "X" in resources(template(X=new(**within(path, get_att("Plain", "Arn"))), **queues))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{F}.Layers", [HERE.format("lambda", "layer:a:1"), {"Ref": "Layer"}]),
        (f"{F}.Layers", [{"Fn::ImportValue": "layer"}]),
        (f"{F}.DeadLetterConfig.TargetArn", {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:111122223333:failed"}),
        (f"{F}.KmsKeyArn", HERE.format("kms", "key/a")),
        (F, {"PackageType": "Image", "Code": {"ImageUri": IMAGE.format("us-east-1")}}),
        (f"{F}.FileSystemConfigs", NO_VALUE),
        (f"{F}.LoggingConfig", {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}),
        (f"{F}.LoggingConfig", {"LogFormat": {"Fn::ImportValue": "format"}, "ApplicationLogLevel": "DEBUG"}),
        (f"{F}.LoggingConfig", {"LogFormat": "Text"}),
        (f"{F}.VpcConfig", {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}),
        ("RoleProps.ManagedPolicyArns", [f"{POLICY}{number}" for number in range(20)]),
        ("RoleProps.PermissionsBoundary", POLICY),
        ("RoleProps.PermissionsBoundary", {"Fn::ImportValue": "boundary"}),
        ("RoleProps.AssumeRolePolicyDocument", trust({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]})),
        ("RoleProps.AssumeRolePolicyDocument", trust({"Service": {"Fn::ImportValue": "service"}})),
        ("RoleProps.AssumeRolePolicyDocument", trust("*")),
    ],
)
def test_what_may_be_right_is_left_alone(path: str, value: Any) -> None:
    """A value that is not known, or that AWS takes, is no error."""
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {}}}
    assert "X" in resources(template(X=new(**within(path, value)), Layer=layer))


def test_a_file_system_has_the_vpc_that_the_declaration_makes() -> None:
    """DeployVpc brings the function into a VPC, so its file system can be mounted."""
    function = {**FUNCTION, "FileSystemConfigs": [{"Arn": {"Fn::ImportValue": "files"}, "LocalMountPath": "/mnt/a"}]}
    assert "X" in resources(template(X=new(LambdaFunctionProps=function, DeployVpc=True)))
