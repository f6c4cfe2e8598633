"""The flow log of a new VPC: who tried to talk to whom, kept as long as the function's own logs.

Source: Amazon VPC User Guide, "Publish flow logs to CloudWatch Logs", "IAM role for publishing flow logs".
"""

from __future__ import annotations

from typing import Any, Final

from lambda_bedrock_profile.stack.log_group import log_group_of
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.stack.policy import document
from lambda_bedrock_profile.template.references import get_att, ref, sub

_LIKE_ITS_GROUP: Final = ("KmsKeyId", "RetentionInDays")
_LIKE_ITS_ROLE: Final = ("Path", "PermissionsBoundary", "Tags")


def flow_log(plan: Plan) -> dict[str, dict[str, Any]]:
    """A flow log of all traffic, its log group and the role that writes it.

    Retention and key are those of LogGroupProps; path, boundary and tags of the role those of RoleProps, since an
    organisation that wants them wants them on every role.
    """
    group, role = plan.id("FlowLogGroup"), plan.id("FlowLogRole")
    return {
        plan.id("FlowLog"): {
            "Type": "AWS::EC2::FlowLog",
            "Properties": {
                "DeliverLogsPermissionArn": get_att(role, "Arn"),
                "LogGroupName": ref(group),
                "ResourceId": ref(plan.id("Vpc")),
                "ResourceType": "VPC",
                "TrafficType": "ALL",
            },
        },
        group: log_group_of(_taken(plan, "LogGroupProps", _LIKE_ITS_GROUP)),
        role: {"Type": "AWS::IAM::Role", "Properties": _role(plan, group)},
    }


def _taken(plan: Plan, name: str, members: tuple[str, ...]) -> dict[str, Any]:
    props = plan.declaration.props(name)
    return {member: props[member] for member in members if member in props}


def _role(plan: Plan, group: str) -> dict[str, Any]:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        # The service may act for this account's flow logs alone (the "confused deputy" paragraph of that page).
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")},
            "ArnLike": {
                "aws:SourceArn": sub("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*")
            },
        },
    }
    write = {
        "Sid": "WriteFlowLog",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": get_att(group, "Arn"),
    }
    return {
        "AssumeRolePolicyDocument": document([trust]),
        "Policies": [{"PolicyName": "WriteFlowLog", "PolicyDocument": document([write])}],
        **_taken(plan, "RoleProps", _LIKE_ITS_ROLE),
    }
