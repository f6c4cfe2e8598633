"""A function of the template: what it says of its role, its VPC and its variables, AWS SAM's Globals included.

Both kinds are served alike, whether this macro runs before or after ``AWS::Serverless-2016-10-31``: a serverless
function gets the same policy resource on the role that the Serverless transform makes for it (``<Id>Role``), so its
``Policies`` are left alone in whatever form they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.template.branches import taken_branch
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, function_of
from lambda_bedrock_profile.template.references import get_att
from lambda_bedrock_profile.template.resources import is_a, properties
from lambda_bedrock_profile.values import Expression, Json

SERVERLESS: Final = "AWS::Serverless::Function"
FUNCTION_TYPES: Final = ("AWS::Lambda::Function", SERVERLESS)


def inherited(function: Mapping[str, Json], shared: Expression) -> Mapping[str, Json]:
    """The properties that ``function`` takes over from ``shared``, the template's Globals; only a serverless one does.

    Source: AWS SAM Developer Guide, "Globals section of the template", on IgnoreGlobals.
    """
    from_globals = shared.get("Function") if isinstance(shared, dict) and function.get("Type") == SERVERLESS else None
    ignored = function.get("IgnoreGlobals")
    if not isinstance(from_globals, dict) or ignored == "*":
        return {}
    return {name: value for name, value in from_globals.items() if not (isinstance(ignored, list) and name in ignored)}


def properties_with_globals(function_id: str, template: Mapping[str, Json]) -> Mapping[str, Json]:
    """The properties of a function of ``template``, over those that it takes over from SAM's Globals.

    A map is not merged with the one of Globals, as SAM does it: the function's own wins whole.
    """
    resources = template["Resources"]
    return {**inherited(resources[function_id], template.get("Globals")), **properties(resources, function_id)}


def role_of(function_id: str, resource: Mapping[str, Json]) -> Expression:
    """The expression of the ARN of the role that the function runs as; None if it has none."""
    properties = resource.get("Properties")
    role = properties.get("Role") if isinstance(properties, dict) else None
    if resource["Type"] != SERVERLESS:
        return role
    generated = get_att(names.generated_id(function_id, names.ROLE), "Arn")
    if role is None:
        return generated
    # The Serverless transform makes its role if one branch of an Fn::If is AWS::NoValue, and if Role is that
    # itself makes none (aws-sam-translator, SamFunction).
    argument = role.get("Fn::If") if isinstance(role, dict) else None
    if isinstance(argument, list) and len(argument) == 3:
        return {"Fn::If": [argument[0], *(generated if branch == NO_VALUE else branch for branch in argument[1:])]}
    return role


def vpc_config(
    function_id: str, declarations: Mapping[str, Declaration], template: Mapping[str, Json], scope: Scope
) -> Mapping[str, Json] | None:
    """The VpcConfig that the user wrote for a function, what SAM's Globals give it included; None if there is no map.

    ``declarations``, by id, may have the one that makes the function. What a condition leaves out is not in it.
    """
    expression, shared_expression = _vpc_configs(function_id, declarations, template)
    own = _map(expression, scope)
    if not is_a(template["Resources"], function_id, SERVERLESS):
        return None if own is None else _present(own, scope)
    # AWS SAM Developer Guide, "Globals section": maps are merged, lists are joined. An intrinsic function is no map to
    # SAM: with one on either side, the function's own value wins.
    if expression is not None and (function_of(expression) or function_of(shared_expression)):
        return None if own is None else _present(own, scope)
    shared = _map(shared_expression, scope) or {}
    own = own or {}
    merged = {
        key: shared[key] + own[key]
        if isinstance(shared.get(key), list) and isinstance(own.get(key), list)
        else own.get(key, shared.get(key))
        for key in {**shared, **own}
    }
    return _present(merged, scope)


def asks_for_no_vpc(function_id: str, declarations: Mapping[str, Declaration], template: Mapping[str, Json]) -> bool:
    """Whether neither the function nor SAM's Globals say anything of a VPC, so that a declaration may.

    An empty VpcConfig says nothing; one under a condition does.
    """
    own, shared = _vpc_configs(function_id, declarations, template)
    return own in _NO_CONFIG and shared in _NO_CONFIG


_NO_CONFIG: Final[tuple[Json, ...]] = (None, {}, NO_VALUE)


def _vpc_configs(
    function_id: str, declarations: Mapping[str, Declaration], template: Mapping[str, Json]
) -> tuple[Json, Json]:
    """The VpcConfig of the function itself, and that of the Globals which it takes over."""
    if function_id in declarations:
        return declarations[function_id].props("LambdaFunctionProps").expression("VpcConfig"), None
    own = properties(template["Resources"], function_id).get("VpcConfig")
    return own, inherited(template["Resources"][function_id], template.get("Globals")).get("VpcConfig")


def _map(expression: Expression, scope: Scope) -> Mapping[str, Json] | None:
    value = taken_branch(expression, scope)
    return value if isinstance(value, dict) and function_of(value) is None else None


def _present(config: Mapping[str, Json], scope: Scope) -> Mapping[str, Json]:
    """``config`` without what a condition leaves out."""
    return {name: value for name, value in config.items() if taken_branch(value, scope) is not None}
