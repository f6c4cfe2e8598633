"""The declarations that take over from calls of Bedrock by hand, and the template with them in it.

    template ─▶ callers ─▶ the models of each ─▶ declarations ─▶ narrowed policies ─▶ expansion ─▶ what changes

Callers are functions, and roles of no function. Each model of a caller becomes a declaration that calls it as it is
called today. The template with all declarations is expanded before anything is said, so none is printed that the macro
would refuse.

The downside: only inline code is read. A model that stands in other code alone has to be named by the user.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from lambda_bedrock_profile.bedrock import Catalog, Route
from lambda_bedrock_profile.checking.callers import Caller, callers
from lambda_bedrock_profile.checking.model_names import texts_within
from lambda_bedrock_profile.checking.narrowed import narrowed, without
from lambda_bedrock_profile.checking.permission_changes import Changes, changes
from lambda_bedrock_profile.checking.takeover import PROFILE_VARIABLE, Wishes, own_variables, takeover
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Diagnostic, Path, TemplateError
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.stack.permissions import Statement
from lambda_bedrock_profile.template.intrinsics import Scope, known
from lambda_bedrock_profile.template.limits import BeyondBudgetError
from lambda_bedrock_profile.template.references import targets_of
from lambda_bedrock_profile.template.resources import properties
from lambda_bedrock_profile.values import Json

_BEDROCK: Final = "bedrock.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Removal:
    """What to remove from the template when the declarations are in it: the place, and what of it."""

    path: Path
    what: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """What takes over for one caller. ``declarations`` are resources by logical id, ``routes`` say where each leads."""

    caller: Caller
    declarations: Mapping[str, Mapping[str, Json]]
    routes: Mapping[str, Route] = field(default_factory=dict)
    obstacles: tuple[Diagnostic, ...] = ()
    removals: tuple[Removal, ...] = ()
    remarks: tuple[str, ...] = ()
    changes: Changes = field(default=Changes((), ()))


def adopt(
    template: Mapping[str, Json], context: StackContext, catalog: Catalog, wishes: Wishes
) -> tuple[list[Adoption], dict[str, Json]]:
    """What takes over for each caller of ``template``, and the template with it.

    ``template`` is in CloudFormation's long form, without the macro in its Transform. Raises TemplateError if it cannot
    be expanded as it is.
    """
    expand(template, context, catalog)
    try:
        return _adopt(template, context, catalog, wishes)
    except BeyondBudgetError as error:
        raise TemplateError(error.problems) from error


def _adopt(
    template: Mapping[str, Json], context: StackContext, catalog: Catalog, wishes: Wishes
) -> tuple[list[Adoption], dict[str, Json]]:
    scope = context.scope(template)
    planned = [
        Adoption(caller, plan.declarations, obstacles=plan.obstacles, remarks=plan.remarks)
        for caller in callers(template, scope, catalog)
        for plan in [takeover(caller, template, context, catalog, wishes)]
    ]
    while True:
        adopted, removed = _adopted(template, planned, scope, catalog)
        try:
            expansion = expand(adopted, context, catalog)
        except TemplateError as error:
            fewer = _without_refused(planned, error)
            if fewer == planned:
                raise
            planned = fewer
        else:
            break
    after = expansion.template, context.scope(expansion.template)
    routes = {grant.logical_id: grant.route for grant in expansion.grants}
    routed = [replace(item, routes={name: routes[name] for name in item.declarations}) for item in planned]
    return [_with_changes(item, removed, (template, scope), after) for item in routed], adopted


def _without_refused(planned: list[Adoption], error: TemplateError) -> list[Adoption]:
    """``planned`` without the declarations that the expansion refuses; its words become their obstacles."""
    result = []
    for item in planned:
        refused = [problem for problem in error.problems if problem.logical_id in {*item.declarations, item.caller.id}]
        names = {problem.logical_id for problem in refused}
        declarations = {} if item.caller.id in names else item.declarations
        kept = {name: resource for name, resource in declarations.items() if name not in names}
        obstacles = (*item.obstacles, *refused)
        result.append(replace(item, declarations=kept, obstacles=obstacles, remarks=item.remarks if kept else ()))
    return result


def _adopted(
    template: Mapping[str, Json], planned: Sequence[Adoption], scope: Scope, catalog: Catalog
) -> tuple[dict[str, Json], dict[str, list[Removal]]]:
    """``template`` with the declarations and without what they replace; and what that is, by caller."""
    instead, removals = _narrowed(template, planned, scope, catalog)
    result = without(template, instead)
    for item in planned:
        for name in _replaced_variables(item, template):
            path = ("Resources", item.caller.id, "Properties", "Environment", "Variables", name)
            removals[item.caller.id].append(Removal(path, "the variable, which the declaration sets"))
            result = _without_variable(result, item.caller.id, name)
    declarations = {name: resource for item in planned for name, resource in item.declarations.items()}
    return {**result, "Resources": {**result["Resources"], **declarations}}, removals


def _narrowed(
    template: Mapping[str, Json], planned: Sequence[Adoption], scope: Scope, catalog: Catalog
) -> tuple[dict[int, tuple[dict[str, Json], ...]], dict[str, list[Removal]]]:
    """What stays of each statement that invokes models, by its identity; and what is removed, by caller.

    A statement that several have, by one role or one policy of several roles, keeps what opens models at large as long
    as one of them is not served.
    """
    instead: dict[int, tuple[dict[str, Json], ...]] = {}
    removals: dict[str, list[Removal]] = {item.caller.id: [] for item in planned}
    for item in planned:
        for statement in item.caller.statements:
            holders = [other for other in planned if _holds(other.caller, item.caller, statement)]
            kept = any(_reason_to_keep(other.caller, template, scope) for other in holders)
            if kept or _of_users(statement.path, template):
                continue
            models = {model for other in holders for model in _taken_over(other, scope)}
            unserved = any(other.obstacles for other in holders)
            rest = narrowed(statement, models, scope, catalog, keep_wildcards=unserved)
            if rest is not None:
                instead[id(statement.content)] = rest.statements
                removals[item.caller.id].append(Removal(statement.path, rest.gone))
    return instead, removals


def _holds(caller: Caller, other: Caller, statement: Statement) -> bool:
    """Whether ``caller`` has ``statement``, which ``other`` has: by the same role, or by a policy of both roles."""
    same = caller.role_key == other.role_key
    return same or any(each.content is statement.content for each in caller.statements)


def _of_users(path: Path, template: Mapping[str, Json]) -> bool:
    """Whether the statement at ``path`` is one of IAM users or groups, too."""
    policy = properties(template["Resources"], str(path[1])) if len(path) > 1 else {}
    return bool(policy.get("Users") or policy.get("Groups"))


def _taken_over(item: Adoption, scope: Scope) -> set[str]:
    """What a caller needs no statement for: the models and profiles of its declarations, and what these replace.

    Models are ids, profiles of the template the text of their ARN.
    """
    declared = [resource["Properties"] for resource in item.declarations.values()]
    models = {str(known(each["BedrockModelId"], scope)) for each in declared if "BedrockModelId" in each}
    profiles = {name for each in declared for name in targets_of(each.get("ExistingInferenceProfile"))}
    for named in item.caller.named:
        if named.profile in profiles or not item.obstacles:
            models.add(named.name.model)
    return (models - {""}) | {f"${{{profile}.InferenceProfileArn}}" for profile in profiles}


def _replaced_variables(item: Adoption, template: Mapping[str, Json]) -> list[str]:
    """The variables of the function itself that its declarations set from then on."""
    declared = [resource["Properties"] for resource in item.declarations.values()]
    names = {each.get("InferenceProfileEnvironmentVariableName", PROFILE_VARIABLE) for each in declared}
    return sorted(names & own_variables(item.caller, template).keys())


def _reason_to_keep(caller: Caller, template: Mapping[str, Json], scope: Scope) -> str:
    """Why the role of ``caller`` keeps what it allows by hand, although there are declarations; else empty."""
    name = caller.role.name.get("Ref") if caller.role and isinstance(caller.role.name, dict) else None
    if caller.is_role:
        trust = properties(template["Resources"], caller.id).get("AssumeRolePolicyDocument")
        return "Bedrock itself uses the role" if _BEDROCK in texts_within(trust, scope) else ""
    others = [
        other
        for other, resource in template["Resources"].items()
        if isinstance(resource, dict)
        and not str(resource.get("Type")).startswith(("AWS::IAM::", "AWS::Lambda::", "AWS::Serverless::Function"))
        and name in set(targets_of(resource.get("Properties")))
    ]
    return f"{', '.join(others)} may use its role, too" if others else ""


def _without_variable(template: Mapping[str, Json], function_id: str, name: str) -> dict[str, Json]:
    """``template`` without one variable of a function."""
    function = template["Resources"][function_id]
    environment = function["Properties"]["Environment"]
    variables = {key: value for key, value in environment["Variables"].items() if key != name}
    changed = {**function["Properties"], "Environment": {**environment, "Variables": variables}}
    return {**template, "Resources": {**template["Resources"], function_id: {**function, "Properties": changed}}}


def _with_changes(
    item: Adoption,
    removals: Mapping[str, Sequence[Removal]],
    before: tuple[Mapping[str, Json], Scope],
    after: tuple[Mapping[str, Json], Scope],
) -> Adoption:
    """``item`` with what is to be removed, and what changes for the caller's role."""
    caller, remarks = item.caller, list(item.remarks)
    if caller.role is None:
        return replace(item, removals=tuple(removals[caller.id]))
    if reason := _reason_to_keep(caller, *before):
        remarks.append(f"{reason}, so what the role allows by hand stays")
    elif item.declarations and caller.statements and not any("Statement" in each.path for each in removals[caller.id]):
        remarks.append("What its role allows by hand stays, since it has conditions or wider actions")
    return replace(
        item,
        removals=tuple(removals[caller.id]),
        remarks=tuple(remarks),
        changes=changes(caller.role, before, after),
    )
