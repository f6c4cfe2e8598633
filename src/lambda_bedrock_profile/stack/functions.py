"""A function: a new one with its execution role, and the variables that any function gets from its declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration.rules import GENERATED_POLICY, is_image
from lambda_bedrock_profile.diagnostics import Path, Report
from lambda_bedrock_profile.stack.existing_function import FUNCTION_TYPES, inherited
from lambda_bedrock_profile.stack.guardrails import variable_names
from lambda_bedrock_profile.stack.plan import Grant, Network, function_for
from lambda_bedrock_profile.stack.policy import document, granted_statements
from lambda_bedrock_profile.template.branches import branches, map_branches, or_default, with_defaults
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, function_of
from lambda_bedrock_profile.template.references import depends_on, ref, replaced
from lambda_bedrock_profile.values import Expression, Json

DEFAULTS: Final[dict[str, Json]] = {"Timeout": 30, "TracingConfig": {"Mode": "Active"}}
"""What a new function gets if the user does not say."""

FOR_LAMBDA: Final = document(
    [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
)


def function(grant: Grant) -> dict[str, Json]:
    """A new function: the defaults, over them the user's properties, in them the model and the profile."""
    expressions, role_arn = grant.function_props.expressions, function_for(grant).role_arn
    properties = with_defaults({**DEFAULTS, "Role": role_arn}, expressions)
    # Even if the user wrote one: it may be the role's name, and this is its ARN.
    properties["Role"] = role_arn
    if is_image(expressions):
        # Without PackageType, Lambda takes an image for a zip archive that lacks a runtime.
        properties.setdefault("PackageType", "Image")
    if grant.makes_log_group:
        properties["LoggingConfig"] = map_branches(
            expressions.get("LoggingConfig"), lambda config: _logging(grant, config)
        )
    variables = environment_variables(grant)
    if str(grant.function_props.value("Runtime", "")).startswith("nodejs"):
        # Version 2 of the AWS SDK for JavaScript opens a connection a request unless this is set.
        variables = {"AWS_NODEJS_CONNECTION_REUSE_ENABLED": "1", **variables}
    properties["Environment"] = with_variables(expressions.get("Environment"), variables)
    if grant.network is not None:
        properties["VpcConfig"] = _vpc_config(grant, grant.network)
    resource: dict[str, Json] = {"Type": "AWS::Lambda::Function", "Properties": properties}
    if not grant.makes_role:
        # A first call right after the creation would be denied if the policy came later.
        resource["DependsOn"] = [grant.policy_id]
    return resource


def _vpc_config(grant: Grant, network: Network) -> dict[str, Json]:
    """The VpcConfig of a new function: the user's own security groups first."""
    groups: Expression = network.security_group_ids
    if groups is None or network.added_groups:
        groups = [*network.added_groups, *grant.security_groups]
    return {"SubnetIds": network.vpc.subnet_ids, "SecurityGroupIds": groups}


def _logging(grant: Grant, config: Expression) -> dict[str, Json]:
    config = config or {}
    return {**config, "LogGroup": or_default(config.get("LogGroup"), ref(grant.id(names.LOG_GROUP)))}


def role(grant: Grant) -> dict[str, Json]:
    """A role that only Lambda can assume, with the function's permissions and the profile's tags; RoleProps win.

    The permissions stand in the role itself, so the function cannot be made before they are there. The tags make
    Bedrock's cost attributable by IAM principal, too.
    """
    properties: dict[str, Json] = {"AssumeRolePolicyDocument": FOR_LAMBDA}
    tags = grant.declaration.props("InferenceProfileProps").expression("Tags")
    if tags:
        properties["Tags"] = tags
    properties = with_defaults(properties, grant.declaration.props("RoleProps").expressions)
    generated = {
        "PolicyName": GENERATED_POLICY,
        "PolicyDocument": document(granted_statements(grant)),
    }
    properties["Policies"] = map_branches(properties.get("Policies"), lambda users: [generated, *(users or [])])
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def environment_variables(grant: Grant) -> dict[str, Json]:
    """The variables: the model id as the user wrote it, unless it is left out, the profile's ARN, and the guardrail."""
    declaration = grant.declaration
    variables = {declaration.model_variable: declaration.model, declaration.profile_variable: grant.profile_arn}
    guarded = grant.guardrail.variables if grant.guardrail is not None else {}
    return {**{name: value for name, value in variables.items() if name}, **guarded}


def with_variables(environment: Expression, variables: dict[str, Json]) -> Expression:
    """``environment`` (the value of a function's Environment) with ``variables`` in it, in every branch of an Fn::If.

    A variable that is there already stays: those that must not be are found before.
    """

    def in_environment(value: Expression) -> Expression:
        value = value or {}
        return {**value, "Variables": map_branches(value.get("Variables"), in_variables)}

    def in_variables(value: Expression) -> Expression:
        users = (value or {}).items()
        return {**variables, **{name: item for name, item in users if name not in variables or item != NO_VALUE}}

    return map_branches(environment, in_environment)


def with_profiles(
    grants: Sequence[Grant], resources: Mapping[str, Json], shared: Expression, report: Report
) -> dict[str, Json]:
    """The functions of ``resources`` with the variables of all their grants, by logical id.

    A function that a declaration makes has those of its own grant already. ``shared`` is the template's Globals, which
    a serverless function inherits from. A variable that is set already, or that two grants would set, is reported.
    """
    changed: dict[str, Json] = {}
    makers = {grant.logical_id: grant for grant in grants if grant.makes_function}
    setters: dict[str, dict[str, str]] = {}
    for grant in grants:
        if grant.function is None:
            continue
        if grant.makes_function:
            _check_variables(grant, grant.function_props.expressions, {}, {}, report)
            continue
        function_id = function_for(grant).id
        resource: Expression = changed.get(function_id, resources[function_id])
        if resource.get("Type") not in FUNCTION_TYPES:
            continue  # The declaration that makes it has errors of its own.
        if function_id not in setters:
            setters[function_id] = _given(makers[function_id]) if function_id in makers else {}
        earlier = setters[function_id]
        fits = _check_variables(grant, resource.get("Properties"), inherited(resource, shared), earlier, report)
        setters[function_id] = {**_given(grant), **earlier}
        if fits:
            condition = resources[grant.policy_id].get("Condition")
            changed[function_id] = _with_profile(grant, resource, condition)
    return changed


def _with_profile(grant: Grant, resource: dict[str, Json], policy_condition: Expression) -> dict[str, Json]:
    """The function's ``resource`` with the two environment variables, made after the policy that a call needs.

    ``policy_condition`` is the condition of that policy.
    """
    variables = environment_variables(grant)
    policy = grant.policy_id
    properties = resource.get("Properties") or {}
    environment = properties.get("Environment")
    optional = policy_condition not in (None, resource.get("Condition"))
    if optional:
        # Nothing can depend on a resource that may not be there, but a reference under its condition waits for it.
        variables[grant.declaration.profile_variable] = {"Fn::Select": [0, [grant.profile_arn, ref(policy)]]}
    if grant.condition not in (None, resource.get("Condition")):
        environment = _with_optional_variables(environment, variables, grant.condition)
    else:
        environment = with_variables(environment, variables)
    changes: dict[str, Json] = {"Properties": replaced(properties, {"Environment": environment})}
    others = depends_on(resource)
    if not optional and policy not in others:
        changes["DependsOn"] = [*others, policy]
    return replaced(resource, changes)


def _with_optional_variables(environment: Expression, variables: dict[str, Json], condition: Expression) -> Expression:
    """``environment`` with ``variables`` under ``condition``, which is not asked again if it stands around all."""
    argument = environment.get("Fn::If") if isinstance(environment, dict) else None
    if isinstance(argument, list) and argument[:1] == [condition]:
        return {"Fn::If": [condition, with_variables(argument[1], variables), *argument[2:]]}
    optional = {name: {"Fn::If": [condition, value, dict(NO_VALUE)]} for name, value in variables.items()}
    return with_variables(environment, optional)


def _names(grant: Grant) -> dict[Path, str]:
    """The name of each variable by the path of the property that names it; an empty one if it is left out."""
    declaration = grant.declaration
    guarded = variable_names(declaration) if grant.guardrail is not None else {}
    return {
        ("FoundationModelEnvironmentVariableName",): declaration.model_variable,
        ("InferenceProfileEnvironmentVariableName",): declaration.profile_variable,
        **{("Guardrail", member): name for member, name in guarded.items()},
    }


def _given(grant: Grant) -> dict[str, str]:
    """The declaration of ``grant``, by the name of each variable that it gives."""
    return dict.fromkeys(_names(grant).values(), grant.logical_id)


def _check_variables(
    grant: Grant, properties: Expression, shared: Mapping[str, Json], earlier: Mapping[str, str], report: Report
) -> bool:
    """Whether the variables of ``grant`` can be added to the function; an error if not.

    ``properties`` are the function's own, ``shared`` those of SAM Globals; ``earlier`` says which declaration has
    given the function a variable.
    """
    if not shared and (not properties or (isinstance(properties, dict) and "Environment" not in properties)):
        return True
    logical_id = grant.logical_id
    existing = report.of(logical_id, "Properties", "ExistingLambdaObj")
    function_id = function_for(grant).id
    if _lost(properties, shared):
        existing.error(
            "property",
            f"the variables of {function_id} come from Globals through an intrinsic function, and SAM drops those "
            "once the function has variables of its own",
            f"Write the Environment in {function_id} itself",
        )
        return False
    taken = taken_variables(properties, shared)
    if taken is None:
        declared = report.of(logical_id, "Properties", "LambdaFunctionProps", "Environment")
        (declared if grant.makes_function else existing).error(
            "property",
            f"the Environment of {function_id} is no map of Variables, and nothing can be added to it",
            "Write Environment: {Variables: {...}} itself, with the intrinsic functions on the values; Fn::If may "
            "stand around either map",
        )
        return False
    fits = True
    for path, variable in _names(grant).items():
        if variable in taken:
            _report_taken(grant, path, variable, properties, earlier.get(variable), report)
            fits = False
    return fits


def _report_taken(
    grant: Grant, path: Path, variable: str, properties: Expression, setter: str | None, report: Report
) -> None:
    """Report the ``variable`` that the property at ``path`` names, and that the function has.

    ``setter`` is the declaration that sets it, None if the function has it by itself.
    """
    expression = _expression_at(grant, path)
    variable_in_message = _name_in_message(expression, variable)
    place = (
        None if setter or variable_in_message != variable else _place_of_variable(grant, properties, variable, report)
    )
    what = f"is a variable that {grant.logical_id} sets to {_HELD[path[-1]]}"
    if place is None:
        place = report.of(grant.logical_id, "Properties", *(path if expression is not None else path[:-1]))
        from_whom = f", from {setter}" if setter else ""
        what = f"an environment variable {variable_in_message} is in {function_for(grant).id} already{from_whom}"
    others = ', or leave it out with ""' if path[0] == "Guardrail" else ""
    fix = f"Choose another name with {path[-1]}" + (others if setter else ", or remove the variable")
    place.error("collision", what, fix)


def _place_of_variable(grant: Grant, properties: Expression, variable: str, report: Report) -> Report | None:
    """The place of the function's own ``variable``; None if an intrinsic function stands around it, or SAM gives it."""
    environment = (properties or {}).get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    if not isinstance(variables, dict) or variable not in variables:
        return None
    if grant.makes_function:
        place = report.of(grant.logical_id, "Properties", "LambdaFunctionProps")
    else:
        place = report.of(function_for(grant).id, "Properties")
    return place.at("Environment", "Variables", variable)


_HELD: Final[Mapping[str | int, str]] = {
    "FoundationModelEnvironmentVariableName": "the id of its model",
    "InferenceProfileEnvironmentVariableName": "the ARN of its profile",
    "IdentifierEnvironmentVariableName": "the ARN of its guardrail",
    "VersionEnvironmentVariableName": "the version of its guardrail",
}
"""The properties that name the variables, and what these hold."""


def taken_variables(properties: Expression, shared: Mapping[str, Json]) -> set[str] | None:
    """The names of the variables that a function with these properties has; None if there is no place for others.

    ``shared`` is what it inherits from SAM's Globals.
    """
    if properties and not isinstance(properties, dict):
        return None
    taken: set[str] = set()
    for holder in (properties, shared):
        for environment in branches((holder or {}).get("Environment")):
            for variables in _variables(environment):
                if function_of(environment) or not isinstance(variables or {}, dict) or function_of(variables):
                    return None
                taken |= {name for name, value in (variables or {}).items() if value != NO_VALUE}
    return taken


def _variables(environment: Expression) -> Iterator[Json]:
    yield from branches(environment.get("Variables") if isinstance(environment, dict) else environment)


def _expression_at(grant: Grant, path: Path) -> Expression:
    """The user's expression of the property at ``path``; None if there is none, or if it cannot be looked into."""
    *above, name = map(str, path)
    holder = grant.declaration.props(above[0]) if above else grant.declaration.properties
    return holder.expression(name)


def _name_in_message(expression: Expression, variable: str) -> str:
    """The name of a variable, unless a parameter gives it."""
    return variable if expression in (None, variable) else "of that name"


def _lost(properties: Expression, shared: Mapping[str, Json]) -> bool:
    """Whether SAM would drop inherited variables for the function's own: it merges maps, and no intrinsic functions."""
    of_function = properties.get("Environment") if isinstance(properties, dict) else None
    of_globals = shared.get("Environment")
    if of_function is None and function_of(of_globals):
        return True
    of_function, of_globals = (
        holder.get("Variables") if isinstance(holder, dict) else None for holder in (of_function or {}, of_globals)
    )
    return of_function is None and function_of(of_globals) is not None
