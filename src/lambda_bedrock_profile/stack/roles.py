"""The execution role of a new function."""

from __future__ import annotations

from typing import Any, Final

from lambda_bedrock_profile.declaration.rules import OWN_POLICY
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.policy import document, granted_statements
from lambda_bedrock_profile.template.branches import map_branches, with_defaults

FOR_LAMBDA: Final = document(
    [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
)


def role(grant: Grant) -> dict[str, Any]:
    """A role that only Lambda can assume, with the function's permissions and the profile's tags; RoleProps win.

    The permissions stand in the role itself, so the function cannot be made before they are there. The tags make
    Bedrock's cost attributable by IAM principal, too.
    """
    properties: dict[str, Any] = {"AssumeRolePolicyDocument": FOR_LAMBDA}
    tags = grant.declaration.props("InferenceProfileProps").expression("Tags")
    if tags:
        properties["Tags"] = tags
    properties = with_defaults(properties, grant.declaration.props("RoleProps").expressions)
    own = {
        "PolicyName": OWN_POLICY,
        "PolicyDocument": document(granted_statements(grant)),
    }
    properties["Policies"] = map_branches(properties.get("Policies"), lambda users: [own, *(users or [])])
    return {"Type": "AWS::IAM::Role", "Properties": properties}
