"""What only deployment makes, but always in the same length."""

from __future__ import annotations

from typing import Any, Final

from lambda_bedrock_profile.template.estimates import smallest
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.references import attribute_reference, sub

_ACCOUNT: Final = "0" * 12
_PROFILE: Final = sub(
    "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:application-inference-profile/" + "x" * 12
)


def deployed_text(expression: Any, scope: Scope) -> str:
    """A text as long as ``expression`` comes to: an account, or the ARN of a profile; empty for anything else.

    The ids that Bedrock gives its application inference profiles have twelve characters (examples of the Amazon Bedrock
    API Reference).
    """
    if expression == {"Ref": "AWS::AccountId"}:
        return _ACCOUNT
    target = attribute_reference(expression.get("Fn::GetAtt")) if isinstance(expression, dict) else None
    if target is not None and target[1] == "InferenceProfileArn":
        return str(smallest(_PROFILE, scope, lambda part: deployed_text(part, scope)))
    return ""
