"""What only deployment makes, but always in the same length, or never shorter."""

from __future__ import annotations

from typing import Any, Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.template.estimates import smallest
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.references import attribute_reference

_ACCOUNT: Final = "0" * 12
_PROFILE: Final = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:application-inference-profile/"
_LOG_GROUP: Final = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"


def deployed_text(expression: Any, scope: Scope) -> str:
    """A text as long as ``expression`` comes to: an account, or the ARN of a profile; empty for anything else.

    The ids that Bedrock gives its application inference profiles have twelve characters (examples of the Amazon Bedrock
    API Reference). The ARN of a generated log group is as short as it can be: CloudFormation puts the stack's name, of
    one letter at least, before the logical id, and twelve letters behind it.
    """
    if expression == {"Ref": "AWS::AccountId"}:
        return _ACCOUNT
    target = attribute_reference(expression.get("Fn::GetAtt")) if isinstance(expression, dict) else None
    if target is not None and target[1] == "InferenceProfileArn":
        return _filled(_PROFILE + "x" * 12, scope)
    if target is not None and target[1] == "Arn" and names.owner_of(target[0], names.LOG_GROUP):
        return _filled(f"{_LOG_GROUP}s-{target[0]}-{'x' * 12}:*", scope)
    return ""


def _filled(text: str, scope: Scope) -> str:
    return str(smallest({"Fn::Sub": text}, scope, lambda part: deployed_text(part, scope)))
