"""The VPCs and subnets that a template shows, seen from the expressions that refer to them."""

from __future__ import annotations

from typing import Any, Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.template.branches import chosen
from lambda_bedrock_profile.template.intrinsics import Scope, known
from lambda_bedrock_profile.template.references import attribute_reference
from lambda_bedrock_profile.template.resources import Resources, is_a, properties

VPC: Final = "AWS::EC2::VPC"
SUBNET: Final = "AWS::EC2::Subnet"


def referred(value: Any, attribute: str) -> str | None:
    """The logical id that ``value`` refers to, by Ref or by Fn::GetAtt of ``attribute``; None where it does neither."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    if isinstance(value.get("Ref"), str):
        return str(value["Ref"])
    target = attribute_reference(value.get("Fn::GetAtt"))
    return target[0] if target and target[1] == attribute else None


def deploys_vpc(resources: Resources, logical_id: str, scope: Scope) -> bool:
    """Whether ``logical_id`` is a declaration that makes a VPC."""
    if not is_a(resources, logical_id, TYPE):
        return False
    return str(known(properties(resources, logical_id).get("DeployVpc"), scope)).lower() == "true"


def vpc_key(value: Any, resources: Resources, scope: Scope, seen: tuple[str, ...] = ()) -> str:
    """The key of the VPC whose id ``value`` is: the id of the resource or parameter that gives it, or a digest.

    A VPC that a declaration makes has the declaration's own id, however it is referred to.
    """
    name = referred(value, "VpcId")
    if name is None:
        return names.vpc_key(value)
    if is_a(resources, name, TYPE) and not deploys_vpc(resources, name, scope) and name not in seen:
        existing = chosen(properties(resources, name).get("ExistingVpc"), scope)
        inner = existing.get("VpcId", existing) if isinstance(existing, dict) else None
        return vpc_key(inner, resources, scope, (*seen, name))
    made_by = name.removesuffix("Vpc")
    return made_by if name not in resources and deploys_vpc(resources, made_by, scope) else name


def subnet_vpc_key(value: Any, resources: Resources, scope: Scope) -> str | None:
    """The key of the VPC of the subnet whose id ``value`` is; None where the template does not show it."""
    name = referred(value, "SubnetId")
    if name is None:
        return None
    if is_a(resources, name, SUBNET):
        return vpc_key(properties(resources, name).get("VpcId"), resources, scope)
    made_by, separator, number = name.rpartition("Subnet")
    generated = separator and number.isdigit() and name not in resources and deploys_vpc(resources, made_by, scope)
    return made_by if generated else None
