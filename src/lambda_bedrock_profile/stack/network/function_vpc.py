"""A function that has a VPC of its own already: its VpcConfig, and whether that is the VPC that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.stack.existing import SERVERLESS, inherited
from lambda_bedrock_profile.stack.network.lists import ruled_groups, security_groups
from lambda_bedrock_profile.stack.network.surroundings import subnet_vpc_key
from lambda_bedrock_profile.template.branches import chosen
from lambda_bedrock_profile.template.intrinsics import Scope, function_of
from lambda_bedrock_profile.template.resources import is_a, properties

Template = Mapping[str, Any]


def added_groups(declaration: Declaration, scope: Scope) -> tuple[Any, ...] | list[Problem]:
    """The security groups that LambdaFunctionProps give a new function besides the declaration's own.

    Its subnets come from the declaration: a VpcConfig that has any is a problem.
    """
    written = chosen(declaration.props("LambdaFunctionProps").get("VpcConfig"), scope)
    if written is None:
        return ()
    path = declaration.path("LambdaFunctionProps", "VpcConfig")
    if not isinstance(written, dict) or written.keys() != {"SecurityGroupIds"}:
        what = f"stands beside {_asked(declaration)}, which sets it"
        fix = f"Keep SecurityGroupIds alone in VpcConfig, or remove {_asked(declaration)} and make endpoints yourself"
        return [Problem(declaration.logical_id, path, what, fix)]
    return security_groups(written["SecurityGroupIds"], declaration.logical_id, (*path, "SecurityGroupIds"), scope)


def _asked(declaration: Declaration) -> str:
    return "DeployVpc" if declaration.deploy_vpc else "ExistingVpc"


def function_groups(
    declaration: Declaration, template: Template, scope: Scope
) -> tuple[tuple[Any, ...], Any] | list[Problem]:
    """The security groups of an existing function, and the expression of all of them; empty where it has none."""
    config = _vpc_config(declaration, template, scope)
    written = config.get("SecurityGroupIds") if config else None
    if not written:
        return (), None
    found = ruled_groups(written, declaration.logical_id, declaration.path("ExistingLambdaObj"), scope)
    return found if isinstance(found, list) else (found, written)


def function_problems(declaration: Declaration, key: str, template: Template, scope: Scope) -> Iterator[Problem]:
    """Why an existing function cannot use the endpoints of the VPC ``key``: nothing here moves it into another one."""
    name = str(declaration.existing_function)
    if name not in template["Resources"]:
        return  # Which is told already, and the name may be the value of a parameter.
    config = _vpc_config(declaration, template, scope)
    at = declaration.path("ExistingLambdaObj")
    place = key + "Vpc" if declaration.deploy_vpc else key
    if not config or not config.get("SubnetIds") or not config.get("SecurityGroupIds"):
        what = f"{name} is in no VPC, and a function of the template keeps its own configuration"
        fix = f"Give {name} a VpcConfig with SubnetIds and SecurityGroupIds, or remove {_asked(declaration)}"
        yield Problem(declaration.logical_id, at, what, fix)
        return
    subnets = config["SubnetIds"] if isinstance(config["SubnetIds"], list) else []
    keys = {its for subnet in subnets if (its := subnet_vpc_key(subnet, template["Resources"], scope)) is not None}
    if keys - {key}:
        what = f"{name} is in another VPC ({', '.join(sorted(keys - {key}))}) than {place}"
        yield Problem(declaration.logical_id, at, what, f"Name the VPC of {name} in ExistingVpc")
    elif declaration.deploy_vpc and not keys:
        what = f"the new VPC would be of no use, since {name} is not in it"
        fix = f"Name the VPC of {name} in ExistingVpc instead, or list {declaration.logical_id}Subnet1 in its VpcConfig"
        yield Problem(declaration.logical_id, declaration.path("DeployVpc"), what, fix)


def _vpc_config(declaration: Declaration, template: Template, scope: Scope) -> Mapping[str, Any] | None:
    """The VpcConfig of the existing function, what SAM's Globals give it included."""
    resources, name = template["Resources"], str(declaration.existing_function)
    own = chosen(properties(resources, name).get("VpcConfig"), scope)
    if not is_a(resources, name, SERVERLESS):
        return _present(own, scope) if isinstance(own, dict) and function_of(own) is None else None
    shared = chosen(inherited(resources[name], template.get("Globals")).get("VpcConfig"), scope)
    shared = shared if isinstance(shared, dict) and function_of(shared) is None else {}
    own = own if isinstance(own, dict) and function_of(own) is None else {}
    # AWS SAM Developer Guide, "Globals section": maps are merged, lists are joined.
    merged = {
        key: shared[key] + own[key]
        if isinstance(shared.get(key), list) and isinstance(own.get(key), list)
        else own.get(key, shared.get(key))
        for key in {**shared, **own}
    }
    return _present(merged, scope)


def _present(config: Mapping[str, Any], scope: Scope) -> Mapping[str, Any]:
    """``config`` without what a condition leaves out."""
    return {name: value for name, value in config.items() if chosen(value, scope) is not None}
