"""The application inference profile, which the function calls the model through, and the check of the model behind it.

Source: AWS CloudFormation Template Reference, AWS::Bedrock::ApplicationInferenceProfile; Amazon Bedrock User Guide,
"Create an application inference profile".
"""

from __future__ import annotations

from typing import Final

from lambda_bedrock_profile import custom_types, names
from lambda_bedrock_profile.names import unique_name
from lambda_bedrock_profile.stack.link_profiles import NATIVE_TYPE
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.template.branches import with_defaults
from lambda_bedrock_profile.template.intrinsics import Unknown
from lambda_bedrock_profile.template.references import embedded, sub
from lambda_bedrock_profile.values import Json


def inference_profile(grant: Grant) -> dict[str, Json]:
    """The profile resource: CloudFormation's own type, or the provider's with the same properties and attributes."""
    generated = {"InferenceProfileName": _name(grant), "ModelSource": {"CopyFrom": source_arn(grant)}}
    properties = with_defaults(generated, grant.declaration.props("InferenceProfileProps").expressions)
    if grant.stand_in:
        return custom_types.custom_resource(custom_types.INFERENCE_PROFILE, grant.stand_in, properties)
    return {"Type": NATIVE_TYPE, "Properties": properties}


def source_arn(grant: Grant) -> dict[str, Json]:
    """What the profile copies: the system-defined profile of the route or, for one Region, the foundation model.

    A system-defined profile's ARN carries the account, a foundation model's does not.
    """
    model, variables = embedded(grant.declaration.model, "ModelId")
    if grant.route.profile_id is None:
        return sub("arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/" + model, variables)
    return sub(_PROFILE_ARN + f"{grant.route.geography}.{model}", variables)


_PROFILE_ARN: Final = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:inference-profile/"


def _name(grant: Grant) -> dict[str, Json]:
    # Name, description and source are create-only. CloudFormation makes the replacement before it deletes the
    # original, so a change of either must change the name, also if it comes from a parameter.
    source = grant.route.profile_id or grant.route.model
    props = grant.declaration.props("InferenceProfileProps")
    description = props.value("Description")
    if isinstance(description, Unknown):
        description = props.expression("Description")
    # A profile that is moved to another form exists beside the one that it replaces, so it has a name of its own, too.
    moved = [grant.profile_part] if grant.profile_part != names.PROFILE else []
    return unique_name(grant.declaration.logical_id, [source, description, *moved])


def model_access(grant: Grant) -> dict[str, Json]:
    """The check, before anything else is made, that the account can use the model on the route; it fails if not."""
    properties: dict[str, Json] = {
        "ModelId": grant.declaration.model,
        "SourceRegion": grant.route.source,
        "Regions": list(grant.route.regions),
        "Regionless": grant.route.regionless,
    }
    if grant.route.profile_id is not None:
        model, variables = embedded(grant.declaration.model, "ModelId")
        name = f"{grant.route.geography}.{model}"
        properties["ProfileId"] = sub(name, variables) if "${" in name else name
    if grant.profile.stated:
        properties["InferenceProfileArn"] = grant.profile_arn
    return custom_types.custom_resource(custom_types.MODEL_ACCESS, grant.verifier, properties)
