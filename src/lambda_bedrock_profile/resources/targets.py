"""What a reference to a declaration stands for after the expansion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lambda_bedrock_profile.resources.network.build import network_attributes
from lambda_bedrock_profile.resources.plan import Plan
from lambda_bedrock_profile.template.references import Target, get_att, ref, rewrite_value

FUNCTION_ATTRIBUTES: Final = (
    "Arn",
    "SnapStartResponse",
    "SnapStartResponse.ApplyOn",
    "SnapStartResponse.OptimizationStatus",
)
"""What Fn::GetAtt gives for AWS::Lambda::Function: CloudFormation Template Reference, "Return values"."""

ATTRIBUTES: Final = (
    *FUNCTION_ATTRIBUTES,
    "FunctionName",
    "FunctionArn",
    "InferenceProfileArn",
    "InferenceProfileId",
    "RoleArn",
    "ModelId",
    "VpcId",
    "SecurityGroupId",
)
"""What Fn::GetAtt gives for a declaration; the last two where it has a VPC."""


def targets(logical_ids: Sequence[str], plans: Sequence[Plan]) -> dict[str, Target]:
    """What each declaration stands for when another part of the template refers to it.

    One that could not be planned stands for itself, so that references to it are checked all the same.
    """
    found: dict[str, Target] = {}
    for plan in plans:
        found[plan.declaration.logical_id] = _target(plan, found)
    for logical_id in logical_ids:
        if logical_id not in found:
            found[logical_id] = _unplanned(logical_id)
    return found


def _target(plan: Plan, others: Mapping[str, Target]) -> Target:
    function_id = plan.function_id
    if plan.new_function:
        depends_on: tuple[str, ...] = (function_id,)
    else:
        depends_on = (function_id, plan.id("InferenceProfile"), plan.id("Policy"))
    return Target(ref(function_id), lambda: _attributes(plan, others), depends_on)


def _attributes(plan: Plan, others: Mapping[str, Target]) -> dict[str, Any]:
    function_id = plan.function_id
    network = network_attributes(plan, plan.network) if plan.network is not None else {}
    return {name: get_att(function_id, name) for name in FUNCTION_ATTRIBUTES} | {
        "FunctionName": ref(function_id),
        "FunctionArn": get_att(function_id, "Arn"),
        "InferenceProfileArn": plan.profile_arn,
        "InferenceProfileId": get_att(plan.id("InferenceProfile"), "InferenceProfileId"),
        # The role may itself be an attribute of another declaration.
        "RoleArn": rewrite_value(plan.role.arn, others, [], ()),
        "ModelId": plan.declaration.model,
        **rewrite_value(network, others, [], ()),
    }


def _unplanned(logical_id: str) -> Target:
    return Target(ref(logical_id), lambda: {name: get_att(logical_id, name) for name in ATTRIBUTES}, (logical_id,))
