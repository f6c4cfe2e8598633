"""The application inference profile: the tagged thing that the function calls the model through.

Source: AWS CloudFormation Template Reference, AWS::Bedrock::ApplicationInferenceProfile; Amazon Bedrock User Guide,
"Create an application inference profile".
"""

from __future__ import annotations

from typing import Any, Final

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.names import unique_name
from lambda_bedrock_profile.stack.custom_resource import custom_resource
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.branches import with_defaults
from lambda_bedrock_profile.template.intrinsics import Unknown
from lambda_bedrock_profile.template.references import embedded, sub

NATIVE_TYPE: Final = "AWS::Bedrock::ApplicationInferenceProfile"


def inference_profile(plan: Plan) -> dict[str, Any]:
    """The profile resource: CloudFormation's own type, or the provider's with the same properties and attributes."""
    generated = {"InferenceProfileName": _name(plan), "ModelSource": {"CopyFrom": source_arn(plan)}}
    properties = with_defaults(generated, plan.declaration.props("InferenceProfileProps"))
    if plan.stand_in:
        return custom_resource(custom_types.INFERENCE_PROFILE, plan.stand_in, properties)
    return {"Type": NATIVE_TYPE, "Properties": properties}


def source_arn(plan: Plan) -> dict[str, Any]:
    """What the profile copies: the system-defined profile of the route or, for one Region, the foundation model.

    A system-defined profile's ARN carries the account, a foundation model's does not.
    """
    model, variables = embedded(plan.declaration.model, "ModelId")
    if plan.route.profile_id is None:
        return sub("arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/" + model, variables)
    return sub(_PROFILE_ARN + f"{plan.route.geography}.{model}", variables)


_PROFILE_ARN: Final = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:inference-profile/"


def _name(plan: Plan) -> dict[str, Any]:
    # Name, description and source are create-only. CloudFormation makes the replacement before it deletes the
    # original, so a change of either must change the name, also where it comes from a parameter.
    source = plan.route.profile_id or plan.route.model
    description = plan.declaration.known.get("InferenceProfileProps", {}).get("Description")
    if isinstance(description, Unknown):
        description = plan.declaration.props("InferenceProfileProps")["Description"]
    return unique_name(plan.declaration.logical_id, [source, description])
