"""From a resource of the template to a Declaration, or to every problem it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from lambda_bedrock_profile.declaration import schema
from lambda_bedrock_profile.declaration.model import TYPE, Declaration
from lambda_bedrock_profile.declaration.rules import combination_problems
from lambda_bedrock_profile.diagnostics import Problem, nearest
from lambda_bedrock_profile.template.intrinsics import (
    ABSENT,
    NO_VALUE,
    Scope,
    Unknown,
    first_unknown,
    function_of,
    known,
)
from lambda_bedrock_profile.template.references import attribute_reference, depends_on

DECISIONS: Final = (
    "BedrockModelId",
    "Geography",
    "DeployCrossRegionProfile",
    "DestinationRegions",
    "FoundationModelEnvironmentVariableName",
    "InferenceProfileEnvironmentVariableName",
    "DeployVpc",
    "InterfaceEndpoints",
    "VerifyModelAccess",
)
"""The properties whose value decides what the expansion holds, so it has to be known before deployment."""

ROUTE: Final = frozenset(
    {"BedrockModelId", "Geography", "DeployCrossRegionProfile", "DestinationRegions", "ExistingLambdaObj"}
)
"""The properties that have to be in order for a declaration to mean anything."""

_ADDED_ONLY: Final = frozenset({"InferenceProfileProps", "LogGroupProps", "RoleProps"})
"""The property objects that decide nothing about the route, the function and its network."""

PROPERTY_OBJECTS: Final = ("LambdaFunctionProps", "VpcProps", "InferenceProfileProps", "RoleProps", "LogGroupProps")

ATTRIBUTES: Final = ("Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata")
_POLICIES: Final = {
    "DeletionPolicy": ("Retain", "Delete", "RetainExceptOnCreate"),
    "UpdateReplacePolicy": ("Retain", "Delete"),
}
_RESOURCE_ATTRIBUTES: Final = frozenset({"Type", "Properties", "CreationPolicy", "UpdatePolicy", *ATTRIBUTES})


def find(template: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(logical id, resource) of every declaration in ``template``, in its order."""
    return [
        (logical_id, resource)
        for logical_id, resource in template["Resources"].items()
        if isinstance(resource, dict) and resource.get("Type") == TYPE
    ]


def parse(
    logical_id: str, resource: Mapping[str, Any], scope: Scope, *, local_code: bool = False
) -> tuple[Declaration | None, list[Problem]]:
    """The declaration that ``resource`` makes, and all that is wrong with it.

    There is a declaration even beside problems, as long as the properties that the route and the function follow from
    are in order: so that these are checked in the same run. ``local_code`` lets the function's code be a path.
    """
    written = resource.get("Properties")
    if not isinstance(written, dict):
        fix = "Write Properties with BedrockModelId and LambdaFunctionProps or ExistingLambdaObj"
        path, what = (("Properties",), "is not a map") if "Properties" in resource else ((), "has no Properties")
        return None, [Problem(logical_id, path, what, fix)]
    if function := function_of(written):
        return None, [_opaque_object(logical_id, ("Properties",), function)]
    values = schema.coerced(_known(written, scope))
    literal = values is written
    properties, plain = (written, written) if literal else (expressions(resource), _plain(values))
    opaque = _opaque(properties)
    strange = list(schema.unknown_properties(logical_id, written))
    names = {problem.path[-1] for problem in strange}
    problems = [
        *_attribute_problems(logical_id, resource),
        *(() if literal else _undecided(logical_id, values)),
        *(() if literal else schema.texts_for_more(logical_id, _objects(properties))),
        *(_opaque_object(logical_id, ("Properties", name), call) for name, call in opaque.items() if call),
        *strange,
        *(
            _at_home(problem, resource, scope)
            for problem in _misfits(logical_id, plain, values, local_code)
            if problem.path[-1] not in names
        ),
        *combination_problems(logical_id, properties, plain),
    ]
    flawed = {problem.path[1] for problem in problems if len(problem.path) > 1}
    if "BedrockModelId" not in plain or not opaque.keys() <= _ADDED_ONLY or not flawed.isdisjoint(ROUTE):
        return None, problems
    decided = {**schema.DEFAULTS, **plain, **{name: schema.DEFAULTS[name] for name in schema.DEFAULTS.keys() & flawed}}
    declaration = Declaration(
        logical_id=logical_id,
        properties=properties,
        attributes=attributes(resource),
        known=values,
        model_id=decided["BedrockModelId"],
        existing_function=decided.get("ExistingLambdaObj"),
        cross_region=decided["DeployCrossRegionProfile"],
        geography=decided["Geography"],
        destination_regions=tuple(decided.get("DestinationRegions", ())),
        model_variable=decided["FoundationModelEnvironmentVariableName"],
        profile_variable=decided["InferenceProfileEnvironmentVariableName"],
        deploy_vpc=decided["DeployVpc"],
        interface_endpoints=tuple(decided["InterfaceEndpoints"]),
        verify_model_access=decided["VerifyModelAccess"],
    )
    return declaration, problems


def _objects(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The property objects among ``properties``."""
    return {name: properties[name] for name in PROPERTY_OBJECTS if name in properties}


def _opaque(properties: Mapping[str, Any]) -> dict[str, str | None]:
    """The property objects that are no map which can be looked into, each with the function whose result it is."""
    found = _objects(properties).items()
    return {name: function_of(value) for name, value in found if not isinstance(value, dict) or function_of(value)}


def _misfits(logical_id: str, plain: Mapping[str, Any], values: Mapping[str, Any], local_code: bool) -> list[Problem]:
    """Where the properties differ from the schema, by their places in ``values``."""
    if local_code:
        plain, values = _with_code(plain), _with_code(values)
    return schema.problems(logical_id, plain, values)


def _at_home(problem: Problem, resource: Mapping[str, Any], scope: Scope) -> Problem:
    """``problem`` at its place in the template, where a list still has the items that come to ``AWS::NoValue``."""
    at: Any = resource
    path: list[str | int] = []
    for step in problem.path:
        if isinstance(at, list) and isinstance(step, int):
            there = [index for index, item in enumerate(at) if known(item, scope) is not ABSENT]
            step = there[step]
            at = at[step]
        else:
            at = at.get(step) if isinstance(at, dict) else None
        path.append(step)
    return replace(problem, path=tuple(path))


def _with_code(plain: Mapping[str, Any]) -> Mapping[str, Any]:
    """``plain`` with code that a later build step finds at a path, as the schema wants to see it."""
    function = plain.get("LambdaFunctionProps")
    if not isinstance(function, dict) or not isinstance(function.get("Code"), str):
        return plain
    return {**plain, "LambdaFunctionProps": {**function, "Code": {"ZipFile": function["Code"]}}}


def attributes(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """The resource attributes of a declaration that have a meaning for what it expands to."""
    return {name: resource[name] for name in ATTRIBUTES if name in resource}


def expressions(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of a declaration's resource as they go into the processed template.

    ``AWS::NoValue`` means absent, for a property and for the members of a property object.
    """
    properties = {name: value for name, value in resource["Properties"].items() if value != NO_VALUE}
    for name in PROPERTY_OBJECTS:
        value = properties.get(name)
        if isinstance(value, dict) and function_of(value) is None and NO_VALUE in value.values():
            properties[name] = {key: item for key, item in value.items() if item != NO_VALUE}
    return properties


def _known(properties: Mapping[str, Any], scope: Scope) -> Mapping[str, Any]:
    """What is known of ``properties``; of ExistingLambdaObj, the logical id that it refers to."""
    written = properties.get("ExistingLambdaObj")
    if isinstance(written, dict) and written != NO_VALUE:
        target = attribute_reference(written.get("Fn::GetAtt"))
        if isinstance(written.get("Ref"), str) and written["Ref"] not in scope.parameters:
            properties = {**properties, "ExistingLambdaObj": written["Ref"]}
        elif target and target[1] in ("Arn", "FunctionArn", "FunctionName"):
            properties = {**properties, "ExistingLambdaObj": target[0]}
    found: Mapping[str, Any] = known(properties, scope)
    return found


def _plain(value: Any) -> Any:
    """``value`` without what is not known yet."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if not isinstance(item, Unknown)}
    if isinstance(value, list):
        return [_plain(item) for item in value if not isinstance(item, Unknown)]
    return value


def _undecided(logical_id: str, values: Mapping[str, Any]) -> Iterator[Problem]:
    for name in DECISIONS:
        if unknown := first_unknown(values.get(name)):
            yield undecided(logical_id, ("Properties", name), unknown)
    if isinstance(values.get("ExistingLambdaObj"), Unknown):
        yield Problem(
            logical_id,
            ("Properties", "ExistingLambdaObj"),
            "does not name a function of this template",
            "Write the logical id of a function, !Ref to it or !GetAtt of its Arn; where the function depends on a "
            "condition, write one declaration for each function, each with its Condition",
        )


def undecided(logical_id: str, path: tuple[str | int, ...], unknown: Unknown) -> Problem:
    """The problem of a value that decides the expansion and cannot be known before deployment."""
    return Problem(
        logical_id,
        path,
        f"decides the expansion, and its value cannot be known before deployment, since it is {unknown.why}",
        "Write the value itself, or take it from a parameter with a value here (not NoEcho, not SSM), from Mappings or "
        "from a condition on such parameters",
    )


def _opaque_object(logical_id: str, path: tuple[str, ...], function: str) -> Problem:
    return Problem(
        logical_id,
        path,
        f"is the result of {function}, and the properties in it decide the expansion",
        "Write the map itself, with the intrinsic functions on the properties inside it",
    )


def _attribute_problems(logical_id: str, resource: Mapping[str, Any]) -> Iterator[Problem]:
    if not (logical_id.isascii() and logical_id.isalnum()):
        yield Problem(logical_id, (), "is not a logical id", "Write letters and digits only")
    for name in sorted(resource.keys() - _RESOURCE_ATTRIBUTES):
        near = nearest(name, ATTRIBUTES)
        fix = f"Did you mean {near}?" if near else f"Remove it; there are {', '.join(ATTRIBUTES)}"
        yield Problem(logical_id, (name,), "is not an attribute of a resource", fix)
    for name in ("CreationPolicy", "UpdatePolicy"):
        if name in resource:
            yield Problem(
                logical_id,
                (name,),
                f"{name} has no meaning for a declaration: nothing that it expands to takes one",
                f"Remove {name}",
            )
    for name, policies in _POLICIES.items():
        policy = resource.get(name)
        if isinstance(policy, str) and policy not in policies:
            what = "is no policy for a declaration: nothing that it expands to has snapshots"
            yield Problem(logical_id, (name,), what, f"Write {' or '.join(policies)}")
    if "DependsOn" in resource and not all(isinstance(name, str) for name in depends_on(resource)):
        yield Problem(
            logical_id, ("DependsOn",), "is not a list of logical ids", "Write one logical id, or a list of them"
        )
    if not isinstance(resource.get("Condition", ""), str):
        yield Problem(logical_id, ("Condition",), "is not the name of a condition", "Write the name of one condition")
