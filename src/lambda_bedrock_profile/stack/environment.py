"""The environment of a function as a whole: Lambda's 4 KB, and the revision that a published version follows.

Source: AWS Lambda Developer Guide, "Environment variables". What counts was measured by cdk-preflight
(pf-lambda-env-size, 2026-09-13): the variables as JSON, so six bytes for each besides its name and value, and one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.existing_function import FUNCTION_TYPES, inherited
from lambda_bedrock_profile.stack.functions import taken_variables, with_variables
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.role_limits import deployed_text
from lambda_bedrock_profile.stack.versions import REVISION, check_existing_profiles, check_versions, publishes, revision
from lambda_bedrock_profile.template.estimates import smallest
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.references import replaced
from lambda_bedrock_profile.template.resources import of_type
from lambda_bedrock_profile.values import Expression, Json

LIMIT: Final = 4_096
"""Bytes of all variables of a function."""
NEARLY: Final = 0.9


def with_revisions(
    grants: Sequence[Grant],
    resources: Mapping[str, Json],
    template: Mapping[str, Json],
    scope: Scope,
    context: StackContext,
    report: Report,
) -> dict[str, Json]:
    """The functions of ``resources`` that publish versions, with the revision of their profiles, by logical id.

    ``resources`` have the variables of all ``grants``, ``template`` is what the user wrote. Variables that do not fit
    are reported, and versions that do not follow the profile.
    """
    changed = {}
    versions = dict(of_type(template["Resources"], "AWS::Lambda::Version"))
    for function_id, grants_of_function in _by_function(grants).items():
        if not versions and _few(grants_of_function):
            continue
        function = resources.get(function_id, {})
        shared = inherited(function, template.get("Globals")) if function.get("Type") in FUNCTION_TYPES else None
        if shared is None or (taken := taken_variables(function.get("Properties"), shared)) is None:
            continue  # What is wrong with it is reported.
        place = _place(grants_of_function[0], report)
        check_versions(function_id, function, shared, versions, context, place)
        size = _size(function, shared, scope)
        digest = None
        if publishes(function, shared):
            digest = revision(grants_of_function, resources, scope)
            check_existing_profiles(function_id, grants_of_function, scope, report)
        if digest is not None:
            whole = size + _bytes({REVISION: digest}) - 1
            if REVISION in taken or size <= LIMIT < whole:
                _report_left_out(function_id, REVISION in taken, whole, place)
            else:
                size = whole
                changed[function_id] = _with_variable(function, REVISION, digest)
        _check_size(function_id, size, grants_of_function, place)
    return changed


def _by_function(grants: Sequence[Grant]) -> dict[str, list[Grant]]:
    by_function: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.function is not None:
            by_function.setdefault(grant.function.id, []).append(grant)
    return by_function


def _few(grants: Sequence[Grant]) -> bool:
    """Whether a function has the variables of one declaration alone, under their own names: they fit."""
    first, *others = grants
    return (
        not others
        and first.makes_function
        and "Environment" not in first.function_props
        and first.declaration.properties.expressions.keys().isdisjoint(_NAMING)
    )


_NAMING: Final = {
    "FoundationModelEnvironmentVariableName",
    "InferenceProfileEnvironmentVariableName",
    "ExistingInferenceProfile",
    "Guardrail",
}
"""The properties that give a variable a name or a value of any length."""


def _place(grant: Grant, report: Report) -> Report:
    """Where the user wrote what the function has its variables from."""
    properties = report.of(grant.logical_id, "Properties")
    if not grant.makes_function:
        return properties.at("ExistingLambdaObj")
    function_props = properties.at("LambdaFunctionProps")
    return function_props.at("Environment") if "Environment" in grant.function_props else function_props


def _with_variable(function: dict[str, Json], name: str, value: str) -> dict[str, Json]:
    properties = function.get("Properties") or {}
    environment = with_variables(properties.get("Environment"), {name: value})
    return replaced(function, {"Properties": replaced(properties, {"Environment": environment})})


def _report_left_out(function_id: str, there: bool, whole: int, place: Report) -> None:
    why = "one is there already" if there else f"the variables would have {whole:,} bytes, and Lambda takes {LIMIT:,}"
    place.warning(
        "versions",
        f"{function_id} gets no variable {REVISION}, since {why}; without it no version is published if a profile is "
        "replaced, and the alias calls the one that is deleted",
        f"Rename the variable of {function_id}" if there else f"Shorten or remove variables of {function_id}",
    )


def _check_size(function_id: str, size: int, grants: Sequence[Grant], place: Report) -> None:
    if size <= NEARLY * LIMIT:
        return
    named = any(grant.declaration.model_variable for grant in grants)
    less = 'leave model ids out with FoundationModelEnvironmentVariableName: ""' if named else "give it fewer profiles"
    has = f"the variables of {function_id} have at least {size:,} bytes with those that are added"
    fix = f"Shorten or remove variables of {function_id}, or {less}"
    if size > LIMIT:
        place.error("limit", f"{has}, and Lambda takes {LIMIT:,}", fix)
    else:
        place.information("nearly", f"{has}, of the {LIMIT:,} that Lambda takes", fix)


def _size(function: Mapping[str, Json], shared: Mapping[str, Json], scope: Scope) -> int:
    """The bytes that the variables of ``function`` have at least."""
    variables: dict[str, str] = {}
    deployed = deployed_text(scope)
    for holder in (shared, function.get("Properties") or {}):
        environment = smallest(holder.get("Environment"), scope, deployed)
        variables |= dict(_texts(environment))
    return _bytes(variables)


def _texts(environment: Expression) -> Iterator[tuple[str, str]]:
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    for name, value in variables.items() if isinstance(variables, dict) else ():
        yield name, value if isinstance(value, str) else json.dumps(value, default=str)


def _bytes(variables: Mapping[str, str]) -> int:
    return len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode(errors="replace"))
