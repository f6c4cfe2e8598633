"""Who may assume the generated roles, and what a new function's role allows besides Bedrock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.templates import FUNCTION, expanded, new, properties, template

MODE = {"Parameters": {"Mode": {"Type": "String"}}}


def trust(logical_id: str, **declared: Any) -> dict[str, Any]:
    """The one statement that says who may assume the role ``logical_id``."""
    document = properties(expanded(template(X=new(**declared))), logical_id)["AssumeRolePolicyDocument"]
    (statement,) = document["Statement"]
    assert document["Version"] == "2012-10-17"
    return dict(statement)


def test_only_lambda_can_assume_the_role_of_a_new_function() -> None:
    """No other service, no account and no user can take the function's permissions."""
    assert trust("XRole") == {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


def test_only_flow_logs_of_this_account_can_use_the_role_of_the_flow_log() -> None:
    """The service of flow logs cannot be made to write for another account's flow log with this role."""
    statement = trust("XFlowLogRole", DeployVpc=True)
    assert statement.pop("Condition") == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {
            "aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*"}
        },
    }
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


@pytest.mark.parametrize(
    ("config", "sends"),
    [
        (None, True),
        ({"Mode": "Active"}, True),
        ({"Mode": {"Ref": "Mode"}}, True),
        ({"Mode": {"Fn::ImportValue": "Mode"}}, True),
        ({"Fn::ImportValue": "Tracing"}, True),
        ({"Mode": "PassThrough"}, False),
    ],
)
def test_traces_may_be_sent_unless_the_function_surely_sends_none(config: Any, sends: bool) -> None:
    """A function whose tracing mode is known only at deployment may send its traces, too."""
    given = {} if config is None else {"TracingConfig": config}
    found = properties(expanded(template(MODE, X=new(LambdaFunctionProps={**FUNCTION, **given}))), "XRole")
    (policy,) = found["Policies"]
    actions = [action for item in policy["PolicyDocument"]["Statement"] for action in item["Action"]]
    assert ("xray:PutTraceSegments" in actions) == sends
