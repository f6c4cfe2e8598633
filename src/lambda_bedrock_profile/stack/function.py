"""The function, and what it is told about its profile."""

from __future__ import annotations

from typing import Any, Final

from lambda_bedrock_profile.declaration.package import is_image
from lambda_bedrock_profile.stack.network.build import vpc_config
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.branches import map_branches, or_default, with_defaults
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import ref

DEFAULTS: Final[dict[str, Any]] = {"Timeout": 30, "TracingConfig": {"Mode": "Active"}}
"""What a new function gets where the user does not say."""


def function(plan: Plan) -> dict[str, Any]:
    """A new function: the defaults, over them the user's properties, in them the model and the profile."""
    written = plan.function_props
    properties = with_defaults({**DEFAULTS, "Role": plan.role.arn}, written)
    # Also where the user wrote one: it may be the role's name, and this is its ARN.
    properties["Role"] = plan.role.arn
    if is_image(written):
        # Lambda takes an image for a zip archive without a runtime unless it is told.
        properties.setdefault("PackageType", "Image")
    if plan.generates_log_group:
        properties["LoggingConfig"] = map_branches(written.get("LoggingConfig"), lambda own: _logging(plan, own))
    variables = environment_variables(plan)
    if str(plan.known_function_props.get("Runtime", "")).startswith("nodejs"):
        # Version 2 of the AWS SDK for JavaScript opens a connection a request unless this is set.
        variables = {"AWS_NODEJS_CONNECTION_REUSE_ENABLED": "1", **variables}
    properties["Environment"] = with_variables(written.get("Environment"), variables)
    if plan.network is not None:
        properties["VpcConfig"] = vpc_config(plan, plan.network)
    resource: dict[str, Any] = {"Type": "AWS::Lambda::Function", "Properties": properties}
    if not plan.role.generated:
        # A first call right after the creation would be denied if the policy came later.
        resource["DependsOn"] = [plan.id("Policy")]
    return resource


def _logging(plan: Plan, own: Any) -> dict[str, Any]:
    own = own or {}
    return {**own, "LogGroup": or_default(own.get("LogGroup"), ref(plan.id("LogGroup")))}


def environment_variables(plan: Plan) -> dict[str, Any]:
    """The two variables: the model id as the user wrote it, and the profile's ARN."""
    declaration = plan.declaration
    return {declaration.model_variable: declaration.model, declaration.profile_variable: plan.profile_arn}


def with_variables(environment: Any, variables: dict[str, Any]) -> Any:
    """``environment`` (the value of a function's Environment) with ``variables`` in it, in every branch of an Fn::If.

    A variable that is there already stays: those that must not be are found before.
    """

    def in_environment(value: Any) -> Any:
        value = value or {}
        return {**value, "Variables": map_branches(value.get("Variables"), in_variables)}

    def in_variables(value: Any) -> Any:
        own = (value or {}).items()
        return {**variables, **{name: item for name, item in own if name not in variables or item != NO_VALUE}}

    return map_branches(environment, in_environment)
