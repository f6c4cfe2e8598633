"""What a reference to a declaration stands for after the expansion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.stack.network.build import network_attributes
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.branches import is_deployed
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.references import Target, get_att, pointed_value, ref, references_of

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
_GENERATED: Final = (*FUNCTION_ATTRIBUTES, *_OWN)

_OF_THE_VPC: Final = ("VpcId", "SecurityGroupId")

ATTRIBUTES: Final = (*_GENERATED, "RoleArn", *_OF_THE_VPC)
"""What Fn::GetAtt gives for a declaration; the last two where it has a VPC."""


def targets(
    logical_ids: Sequence[str], plans: Sequence[Plan], template: Mapping[str, Any], scope: Scope
) -> dict[str, Target]:
    """What each declaration stands for when another part of the template refers to it.

    One that could not be planned stands for itself, so that references to it are checked all the same. One without a
    VPC may be asked for it where that is never deployed: a parameter can decide both.
    """

    def pointless(name: str, at: Path) -> bool:
        return name in _OF_THE_VPC and not is_deployed(template, at, scope)

    found: dict[str, Target] = {}
    by_id = {plan.declaration.logical_id: plan for plan in plans}
    for logical_id, plan in by_id.items():
        found[logical_id] = _target(plan, by_id, found, pointless)
    for logical_id in logical_ids:
        if logical_id not in found:
            found[logical_id] = _unplanned(logical_id)
    return found


def _target(
    plan: Plan, plans: Mapping[str, Plan], others: Mapping[str, Target], pointless: Callable[[str, Path], bool]
) -> Target:
    function_id = plan.function_id
    if plan.new_function:
        depends_on: tuple[str, ...] = (function_id,)
    else:
        depends_on = (function_id, plan.id("InferenceProfile"), plan.id("Policy"))
    # What the user wrote may be another declaration's attribute. Where it comes back to itself there is none.
    written = ("RoleArn", *(() if plan.network is None else network_attributes(plan, plan.network)))
    names = (*_GENERATED, *(name for name in written if not _circular(plan, name, plans)))
    return Target(ref(function_id), names, lambda name: _attribute(plan, others, name), depends_on, pointless)


def _attribute(plan: Plan, others: Mapping[str, Target], name: str) -> Any:
    if name in _OWN:
        return _OWN[name](plan)
    if name in FUNCTION_ATTRIBUTES:
        return get_att(plan.function_id, name)
    return pointed_value(_written(plan, name), others)


def _written(plan: Plan, name: str) -> Any:
    """The expression of an attribute that is the user's own; None where the plan has none."""
    if name == "RoleArn":
        return plan.role.arn
    return network_attributes(plan, plan.network).get(name) if plan.network is not None else None


def _circular(plan: Plan, name: str, plans: Mapping[str, Plan]) -> bool:
    """Whether the attribute ``name`` is written as itself, by way of other declarations' attributes or at once."""
    if plan.declaration.constant and plan.new_function:
        return False  # It refers to nothing of the template.
    start = (plan.declaration.logical_id, name)
    open_ = [start]
    for logical_id, attribute in open_:
        if logical_id in plans and attribute not in _OWN:
            named = [*references_of(_written(plans[logical_id], attribute))]
            if start in named:
                return True
            open_ += [reference for reference in named if reference not in open_]
    return False


def _unplanned(logical_id: str) -> Target:
    return Target(ref(logical_id), ATTRIBUTES, lambda name: get_att(logical_id, name), (logical_id,))
