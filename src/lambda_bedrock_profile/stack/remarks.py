"""What makes a stack other than its writer thinks, although it deploys: warnings that only the linked stack shows.

Each check gets the grants, and the template once its references to declarations are rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from lambda_bedrock_profile.bedrock import Route
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.existing_function import properties_with_globals
from lambda_bedrock_profile.stack.permissions import Permissions
from lambda_bedrock_profile.stack.plan import Grant, function_for
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.references import text_with_references
from lambda_bedrock_profile.template.resources import of_type, properties
from lambda_bedrock_profile.values import Expression, Json
from lambda_bedrock_profile.wildcards import matches

API_KEY: Final = "AWS_BEARER_TOKEN_BEDROCK"
"""The variable with an API key of Bedrock, which SDKs prefer to the function's role.

Source: Amazon Bedrock User Guide, "Use an Amazon Bedrock API key".
"""

_INVOKE: Final = "bedrock:invokemodel"
_WIDE_POLICIES: Final = ("AdministratorAccess", "AmazonBedrockFullAccess", "PowerUserAccess")
"""Managed policies of AWS that allow every model: AWS Managed Policy Reference."""


def remark(grants: Sequence[Grant], template: Mapping[str, Json], report: Report) -> None:
    """Report what of ``grants`` and ``template`` deploys and does not do what its writer expects."""
    resources = template["Resources"]
    _unused_log_groups(grants, resources, report)
    roles: dict[str, list[Route]] = {}
    functions: dict[str, Grant] = {}
    for grant in grants:
        if grant.function is not None:
            functions.setdefault(grant.function.id, grant)
        roles.setdefault(grant.role.key, []).append(grant.route)
    for grant in functions.values():
        function = _properties(grant, template)
        if "Environment" in function:
            _api_key(grant, _place(grant, report), function)
        if "CapacityProviderConfig" in function:
            _capacity_provider(grant, _place(grant, report), function)
    for grant in grants:
        if (routes := roles.pop(grant.role.key, None)) is not None:
            _wide(grant.permissions, routes, "function" if grant.role.functions else "role", report)


def _properties(grant: Grant, template: Mapping[str, Json]) -> Mapping[str, Json]:
    """The properties of the grant's function, those of Globals included."""
    function = function_for(grant)
    if function.declared:
        declared: Mapping[str, Json] = properties(template["Resources"], function.id).get("LambdaFunctionProps", {})
        return declared
    return properties_with_globals(function.id, template)


def _place(grant: Grant, report: Report) -> Report:
    """Where the grant's function is written."""
    function = function_for(grant)
    at = report.of(function.id, "Properties")
    return at.at("LambdaFunctionProps") if function.declared else at


# ---------------------------------------------------------------------------------------------------------- log groups


def _unused_log_groups(grants: Sequence[Grant], resources: Mapping[str, Json], report: Report) -> None:
    """Log groups of the template under the name that Lambda would take, if the function did not have another one."""
    log_groups = [*of_type(resources, "AWS::Logs::LogGroup")]
    unused: dict[str, Grant] = {}
    for grant in grants if log_groups else ():
        if grant.makes_function and grant.makes_log_group:
            unused[f"/aws/lambda/${{{grant.logical_id}}}"] = grant
            unused |= {f"/aws/lambda/{name}": grant for name in _texts(grant.function_props.expression("FunctionName"))}
    for logical_id, log_group in log_groups:
        owners = [unused[name].logical_id for name in _texts(log_group.get("LogGroupName")) if name in unused]
        for owner in owners[:1]:
            report.of(logical_id, "Properties", "LogGroupName").warning(
                "unused",
                f"stays empty, since {owner} writes to its generated log group",
                f"Remove {logical_id} and write its other properties as LogGroupProps of {owner}. Or: Remove its "
                f"LogGroupName and write LoggingConfig: {{LogGroup: !Ref {logical_id}}} in LambdaFunctionProps of "
                f"{owner}",
            )


def _texts(value: Expression) -> list[str]:
    """Every text that ``value`` may come to, each reference in it as ``${Id}``; none for what cannot be written so."""
    return [text for branch in branches(value) if branch is not None and (text := _text(branch)) is not None]


def _text(value: Expression) -> str | None:
    return text_with_references(value, _literal, lambda _: None)


def _literal(value: Expression) -> str | None:
    """The text of a text or a number. A parameter stays a reference, so no value of one decides on a warning."""
    if isinstance(value, int | float):
        return str(value)
    return value.replace("${", "${!") if isinstance(value, str) else None


# --------------------------------------------------------------------------------------------- ways past the profile


def _api_key(grant: Grant, place: Report, properties: Mapping[str, Json]) -> None:
    """A variable that has SDKs call Bedrock as somebody else than the role."""
    for environment in branches(properties.get("Environment")):
        for variables in branches(environment.get("Variables") if isinstance(environment, dict) else None):
            if isinstance(variables, dict) and API_KEY in variables:
                place.at("Environment", "Variables", API_KEY).warning(
                    "moot",
                    "is an API key that SDKs call Bedrock with in place of the role, so the policy of the profile "
                    "limits no call",
                    f"Remove {API_KEY}: the role of {function_for(grant).id} may call its profile",
                )
                return


def _capacity_provider(grant: Grant, place: Report, properties: Mapping[str, Json]) -> None:
    """A function whose network is that of its capacity provider.

    Source: AWS Lambda Developer Guide, "Capacity providers"; the SAM translator refuses VpcConfig beside it.
    """
    if grant.network is not None and any(
        branch is not None for branch in branches(properties.get("CapacityProviderConfig"))
    ):
        place.at("CapacityProviderConfig").warning(
            "ignored",
            f"stands beside the VPC of {grant.logical_id}, and the capacity provider decides on the network of its "
            "functions",
            "Write the network in the VpcConfig of the AWS::Lambda::CapacityProvider, and no VPC here",
        )


def _wide(permissions: Permissions, routes: Sequence[Route], caller: str, report: Report) -> None:
    """Report each policy that lets the models of ``routes`` be called past their profiles.

    ``caller`` is the word for who calls them.
    """
    statements = (*permissions.statements, *permissions.beside)
    opened = [item.path for item in statements if any(_opens(item.content, route) for route in routes)]
    opened += [policy.path for policy in permissions.managed if policy.name.rsplit("/", 1)[-1] in _WIDE_POLICIES]
    for path in dict.fromkeys(opened):
        report.in_template(path).warning(
            "moot",
            f"lets the {caller} call its model past the profile and its tags, so the policy of the profile limits "
            "nothing",
            f"Name the actions and the resources that the {caller} needs besides its profile",
        )


def _opens(statement: Mapping[str, Json], route: Route) -> bool:
    """Whether ``statement`` allows calls of the route's model itself, under no condition."""
    if statement.get("Effect") != "Allow" or "Condition" in statement:
        return False
    actions = [action for action in _list(statement.get("Action")) if isinstance(action, str)]
    if not any(matches(action.lower(), _INVOKE) for action in actions):
        return False
    arns = [f"arn:{route.partition}:bedrock:{region}::foundation-model/{route.model}" for region in route.regions]
    patterns = [re.sub(_REFERENCE, "*", text) for item in _list(statement.get("Resource")) for text in _arns(item)]
    return any(matches(pattern, arn) for arn in arns for pattern in patterns)


_REFERENCE: Final = r"\$\{[^}]*\}"


def _arns(resource: Expression) -> list[str]:
    """The texts of a resource that say what it is; a mere reference says nothing."""
    return [text for text in _texts(resource) if re.sub(_REFERENCE, "", text)]


def _list(value: Expression) -> list[Json]:
    return value if isinstance(value, list) else [value]
