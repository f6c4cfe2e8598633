"""What only deployment makes, but always in the same length, or never shorter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.references import attribute_reference
from lambda_bedrock_profile.values import Expression

_SHORTEST: Final = {"AWS::Partition": "aws", "AWS::AccountId": "0" * 12}
"""What stands for a pseudo parameter that is not known; for any other one an empty text."""


def deployed_text(scope: Scope) -> Callable[[Expression], str]:
    """Gives for an expression a text as long as it comes to: an account, or an ARN; empty for anything else.

    The ids that Bedrock gives its application inference profiles have twelve characters (examples of the Amazon Bedrock
    API Reference). The ARN of a generated log group is as short as it can be: CloudFormation puts the stack's name, of
    one letter at least, before the logical id, and twelve letters behind it.
    """
    area, region, account = (
        scope.pseudo.get(name, _SHORTEST.get(name, "")) for name in ("AWS::Partition", "AWS::Region", "AWS::AccountId")
    )
    profile = f"arn:{area}:bedrock:{region}:{account}:application-inference-profile/{'x' * 12}"

    def deployed(expression: Expression) -> str:
        if expression == {"Ref": "AWS::AccountId"}:
            return _SHORTEST["AWS::AccountId"]
        target = attribute_reference(expression.get("Fn::GetAtt")) if isinstance(expression, dict) else None
        if target is not None and target[1] == "InferenceProfileArn":
            return profile
        if target is not None and target[1] == "Arn" and names.owner_of(target[0], names.LOG_GROUP):
            return f"arn:{area}:logs:{region}:{account}:log-group:s-{target[0]}-{'x' * 12}:*"
        return ""

    return deployed
