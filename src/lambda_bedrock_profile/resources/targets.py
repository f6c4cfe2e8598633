"""What a reference to a declaration stands for after the expansion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

_OWN: Final[Mapping[str, Callable[[Plan], Any]]] = {
    "FunctionName": lambda plan: ref(plan.function_id),
    "FunctionArn": lambda plan: get_att(plan.function_id, "Arn"),
    "InferenceProfileArn": lambda plan: plan.profile_arn,
    "InferenceProfileId": lambda plan: get_att(plan.id("InferenceProfile"), "InferenceProfileId"),
    "ModelId": lambda plan: plan.declaration.model,
}
_ALWAYS: Final = (*FUNCTION_ATTRIBUTES, *_OWN, "RoleArn")

ATTRIBUTES: Final = (*_ALWAYS, "VpcId", "SecurityGroupId")
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
    names = _ALWAYS if plan.network is None else (*_ALWAYS, *network_attributes(plan, plan.network))
    return Target(ref(function_id), names, lambda name: _attribute(plan, others, name), depends_on)


def _attribute(plan: Plan, others: Mapping[str, Target], name: str) -> Any:
    if name in _OWN:
        return _OWN[name](plan)
    if name in FUNCTION_ATTRIBUTES:
        return get_att(plan.function_id, name)
    # A role or a VPC may itself be an attribute of another declaration.
    if name == "RoleArn":
        return rewrite_value(plan.role.arn, others, [], ())
    return rewrite_value(network_attributes(plan, plan.network)[name], others, [], ()) if plan.network else None


def _unplanned(logical_id: str) -> Target:
    return Target(ref(logical_id), ATTRIBUTES, lambda name: get_att(logical_id, name), (logical_id,))
