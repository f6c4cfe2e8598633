"""Which declarations take over for a caller: one for each model that it names, called as it is called today.

A profile of the template that the caller uses stays, and the declaration names it.
The geography is the one that the caller names; a bare id of a model that is on demand in the Region stays there. A
model that has no route, or has ended, gets none, and the reason is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lambda_bedrock_profile.bedrock import Catalog, Request, is_region, split_profile_id
from lambda_bedrock_profile.bedrock.identifiers import embedding_doubt
from lambda_bedrock_profile.bedrock.stages import check_end, stage
from lambda_bedrock_profile.checking.callers import Caller, Named
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.template.intrinsics import Scope, known
from lambda_bedrock_profile.template.references import get_att, ref
from lambda_bedrock_profile.template.resources import properties
from lambda_bedrock_profile.values import Expression, Json

MODEL_VARIABLE: Final = "BEDROCK_MODEL"
PROFILE_VARIABLE: Final = "BEDROCK_PROFILE"


@dataclass(frozen=True, slots=True)
class Wishes:
    """The models that the user names: for one caller, and for each that names none itself. ``on`` is the day."""

    of_caller: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class _Choice:
    """A model, how it is called, and what names it; ``profile`` is one of the template that stays, else empty."""

    model: str
    geography: str | None
    named: Named | None = None
    as_today: bool = True
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Takeover:
    """What takes over for a caller: declarations by logical id, why there are no more, and what to know of them."""

    declarations: Mapping[str, Mapping[str, Json]]
    obstacles: tuple[Diagnostic, ...]
    remarks: tuple[str, ...]


def takeover(
    caller: Caller, template: Mapping[str, Json], context: StackContext, catalog: Catalog, wishes: Wishes
) -> Takeover:
    """What takes over for ``caller`` of ``template``, which is expanded for ``context``, with the user's ``wishes``."""
    accepted: list[_Choice] = []
    report = Report(caller.id)
    for choice in _choices(caller, wishes):
        obstacles = Report(caller.id)
        _check_choice(choice, context.region, catalog, wishes.on, obstacles)
        if obstacles.errors and wishes.otherwise and caller.id not in wishes.of_caller:
            choice, obstacles = _wish(wishes.otherwise, choice.named), Report(caller.id)
            _check_choice(choice, context.region, catalog, wishes.on, obstacles)
        if not obstacles.errors:
            accepted.append(choice)
        report.add(*obstacles.errors)
    if not accepted and not report.errors:
        fix = f"Name the model that it calls: --model {caller.id}=MODEL"
        report.error("route", "the template does not show which model it calls", fix)
    variables = own_variables(caller, template)
    declarations: dict[str, Json] = {}
    distinct: dict[tuple[str, str | None, str], _Choice] = {}
    for choice in accepted:
        distinct.setdefault((choice.model, choice.geography, choice.profile), choice)
    for choice in distinct.values():
        name = _free_id(caller.id, {**template["Resources"], **declarations})
        declarations[name] = _declaration(
            choice, caller, variables, [*declarations.values()], template, context, catalog
        )
    remarks = (
        *_remarks(caller, [*distinct.values()], context, catalog),
        *_code_remarks(declarations, variables, caller),
    )
    return Takeover(declarations, report.errors, remarks)


def _choices(caller: Caller, wishes: Wishes) -> Iterator[_Choice]:
    """The models of a caller, each one time: as a variable names it, else as a statement does."""
    of_variable = next((named for named in caller.named if named.variable), None)
    if caller.id in wishes.of_caller:
        yield _wish(wishes.of_caller[caller.id], of_variable)
        return
    groups: dict[tuple[str, str], list[Named]] = {}
    for named in caller.named:
        groups.setdefault((named.profile, "" if named.profile else named.name.model), []).append(named)
    of_profiles = {named.name.model for named in caller.named if named.profile}
    for (profile, model), names in groups.items():
        variable = next((named for named in names if named.variable), None)
        if profile:
            yield _Choice(names[0].name.model, names[0].name.geography, variable, profile=profile)
        elif variable is not None or model not in of_profiles:
            # A statement names the model of a profile beside the profile itself.
            geographies = [named.name.geography for named in names if named.name.geography]
            first = variable.name.geography if variable and variable.name.geography else None
            yield _Choice(model, first or (geographies[0] if geographies else None), variable)
    if not groups and wishes.otherwise:
        yield _wish(wishes.otherwise, None)


def _wish(text: str, named: Named | None) -> _Choice:
    geography, model = split_profile_id(text) or (None, text)
    return _Choice(model, geography, named, as_today=False)


def _single_region(choice: _Choice, region: str, catalog: Catalog) -> bool:
    """Whether the model is called in its Region alone: by its bare id, if it is on demand there.

    A model that the user names goes through a profile if there is one that ``auto`` takes.
    """
    if choice.geography is not None or region not in catalog.on_demand(choice.model):
        return False
    return choice.as_today or catalog.find(Request(choice.model, region)) is None


def _check_choice(choice: _Choice, region: str, catalog: Catalog, on: str, report: Report) -> None:
    """Report a model that can have no declaration in this Region on this day; ``report`` is bound to the caller."""
    if choice.profile:
        return
    alone = _single_region(choice, region, catalog)
    reasons = Report()
    route = catalog.route(Request(choice.model, region, choice.geography or "auto", cross_region=not alone), reasons)
    start = f"calls {choice.model}"
    if route is not None:
        start = "calls a model that is over"
        check_end(stage(catalog, choice.model, region, route.geography, on), choice.model, reasons)
    for reason in reasons.errors:
        fix = f"{reason.fix}; then say so by --model {report.logical_id}=MODEL"
        report.error("route", f"{start}: {reason.what}", fix)


def _declaration(
    choice: _Choice,
    caller: Caller,
    variables: Mapping[str, Json],
    before: Sequence[Mapping[str, Json]],
    template: Mapping[str, Json],
    context: StackContext,
    catalog: Catalog,
) -> dict[str, Json]:
    """The declaration for a model; ``variables`` are the function's, ``before`` its other declarations."""
    properties = _route_properties(choice, context, template, catalog)
    if caller.is_role:
        properties["ExistingRole"] = ref(caller.id)
    else:
        properties["ExistingLambdaObj"] = ref(caller.id)
        variable = choice.named.variable if choice.named and choice.named.variable in variables else ""
        properties |= _variable_names(variable, caller, [item["Properties"] for item in before])
    condition = template["Resources"][caller.id].get("Condition")
    return {"Type": TYPE, **({"Condition": condition} if condition else {}), "Properties": properties}


def _route_properties(
    choice: _Choice, context: StackContext, template: Mapping[str, Json], catalog: Catalog
) -> dict[str, Json]:
    """The properties that name the model and its route, or the profile of the template, which has both."""
    if choice.profile:
        return {"ExistingInferenceProfile": get_att(choice.profile, "InferenceProfileArn")}
    properties: dict[str, Json] = {"BedrockModelId": _model_expression(choice, context.scope(template))}
    if choice.geography:
        properties["Geography"] = choice.geography
    if _single_region(choice, context.region, catalog):
        properties["DeployCrossRegionProfile"] = False
    return properties


def _variable_names(variable: str, caller: Caller, before: Sequence[Mapping[str, Json]]) -> dict[str, str]:
    """The properties that name the two variables, if the defaults are taken or the code reads another one."""
    result = {}
    given = {item.get("InferenceProfileEnvironmentVariableName", PROFILE_VARIABLE) for item in before}
    taken = (caller.variables - {variable}) | given
    kept = variable if variable not in given else ""
    profile = kept or next(name for name in _numbered(PROFILE_VARIABLE) if name not in taken)
    if profile != PROFILE_VARIABLE:
        result["InferenceProfileEnvironmentVariableName"] = profile
    if before or MODEL_VARIABLE in taken or profile == MODEL_VARIABLE:
        result["FoundationModelEnvironmentVariableName"] = ""
    return result


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in range(2, 1000))


def _free_id(caller: str, taken: Mapping[str, Json]) -> str:
    """A logical id for a declaration of ``caller`` that is not ``taken``."""
    names = (f"{caller}Model", *(f"{caller}Model{number}" for number in range(2, 1000)))
    return next(name for name in names if name not in taken)


def _model_expression(choice: _Choice, scope: Scope) -> Expression:
    """The parameter that names the model if it is one by itself, else the model's id."""
    expression = choice.named.expression if choice.named else None
    text = expression.get("Fn::Sub") if isinstance(expression, dict) else None
    if isinstance(text, str) and text.startswith("${") and text.endswith("}") and text[2:-1] in scope.parameters:
        expression = ref(text[2:-1])
    is_parameter = isinstance(expression, dict) and expression.get("Ref") in scope.parameters
    return expression if is_parameter and known(expression, scope) == choice.model else choice.model


def own_variables(caller: Caller, template: Mapping[str, Json]) -> Mapping[str, Json]:
    """The variables that stand in the function itself and not in SAM's Globals."""
    environment = properties(template["Resources"], caller.id).get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    return variables if isinstance(variables, dict) else {}


def _remarks(caller: Caller, accepted: Sequence[_Choice], context: StackContext, catalog: Catalog) -> Iterator[str]:
    """What to know of policies and Regions before the declarations are used, as sentences without a full stop."""
    for name in caller.managed:
        yield f"{name.rpartition('/')[2]} stays on the role, and lets it call every model without a profile"
    for choice in [choice for choice in accepted if not choice.profile]:
        if doubt := embedding_doubt(choice.model):
            yield f"{choice.model}: {doubt.lstrip('; ')}"
        regions = {named.name.region for named in caller.named if named.name.model == choice.model}
        others = sorted(name for name in regions if is_region(name) and name != context.region)
        route = catalog.find(Request(choice.model, context.region, choice.geography or "auto"))
        if others and (route is None or not set(others) <= set(route.regions)):
            yield (
                f"The template names {choice.model} in {', '.join(others)}; its profile is called in "
                f"{context.region}, by a client for {context.region}"
            )


def _code_remarks(
    declarations: Mapping[str, Mapping[str, Json]], variables: Mapping[str, Json], caller: Caller
) -> Iterator[str]:
    """What the caller's code has to do, as sentences without a full stop."""
    for name, declaration in declarations.items():
        properties = declaration["Properties"]
        variable = properties.get("InferenceProfileEnvironmentVariableName", PROFILE_VARIABLE)
        if caller.is_role:
            users = ", ".join(caller.users) or "What runs as the role"
            yield f"{users} has to call !GetAtt {name}.InferenceProfileArn in the place of the model's id"
        elif variable in variables:
            yield f"{variable} will hold the ARN of the profile: code that reads the model's id out of it has to change"
        else:
            yield f"The code has to pass the value of {variable}, the profile's ARN, as modelId"
