"""What is logged, and where: the log group of a new function, and the flow log of a new VPC.

Source: Amazon VPC User Guide, "Publish flow logs to CloudWatch Logs", "IAM role for publishing flow logs".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.names import generated_id
from lambda_bedrock_profile.template.branches import with_defaults
from lambda_bedrock_profile.template.references import get_att, ref, sub
from lambda_bedrock_profile.values import Json

RETENTION: Final = SCHEMA["properties"]["LogGroupProps"]["properties"]["RetentionInDays"]["default"]
"""Days to keep what is logged, if the user does not say."""

_WITHOUT_KEY: Final = {
    "checkov": {
        "skip": [
            {
                "id": "CKV_AWS_158",
                "comment": "Encrypted with a key that AWS owns; LogGroupProps.KmsKeyId names one of the account",
            }
        ]
    }
}

_LIKE_ITS_GROUP: Final = ("KmsKeyId", "RetentionInDays")
_LIKE_ITS_ROLE: Final = ("Path", "PermissionsBoundary", "Tags")


def log_group(properties: Mapping[str, Json]) -> dict[str, Json]:
    """A log group that CloudFormation names, with a retention; ``properties`` (LogGroupProps) win.

    Without a key of the account its metadata answers the scanner that asks for one.
    """
    resource = {"Type": "AWS::Logs::LogGroup", "Properties": with_defaults({"RetentionInDays": RETENTION}, properties)}
    return resource if "KmsKeyId" in properties else {**resource, "Metadata": _WITHOUT_KEY}


def flow_log(declaration: Declaration, vpc_id: str) -> dict[str, dict[str, Json]]:
    """A flow log of all traffic in the VPC ``vpc_id``, its log group and the role that writes it.

    Retention and key are those of LogGroupProps; path, boundary and tags of the role those of RoleProps, since an
    organisation that wants them wants them on every role.
    """
    owner = declaration.logical_id
    group, role = generated_id(owner, names.FLOW_LOG_GROUP), generated_id(owner, names.FLOW_LOG_ROLE)
    return {
        generated_id(owner, names.FLOW_LOG): {
            "Type": "AWS::EC2::FlowLog",
            "Properties": {
                "DeliverLogsPermissionArn": get_att(role, "Arn"),
                "LogGroupName": ref(group),
                "ResourceId": ref(vpc_id),
                "ResourceType": "VPC",
                "TrafficType": "ALL",
            },
        },
        group: log_group(_taken(declaration, "LogGroupProps", _LIKE_ITS_GROUP)),
        role: {"Type": "AWS::IAM::Role", "Properties": _role(declaration, group)},
    }


def _taken(declaration: Declaration, name: str, members: tuple[str, ...]) -> dict[str, Json]:
    props = declaration.props(name).expressions
    return {member: props[member] for member in members if member in props}


def _role(declaration: Declaration, group: str) -> dict[str, Json]:
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
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "WriteFlowLog", "PolicyDocument": {"Version": "2012-10-17", "Statement": [write]}}],
        **_taken(declaration, "RoleProps", _LIKE_ITS_ROLE),
    }
