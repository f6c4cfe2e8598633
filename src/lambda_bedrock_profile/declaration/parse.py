"""From a resource of the template to a Declaration, or to every problem it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lambda_bedrock_profile.declaration import schema
from lambda_bedrock_profile.declaration.model import TYPE, Declaration, Subject
from lambda_bedrock_profile.declaration.properties import Properties
from lambda_bedrock_profile.declaration.property_names import INCLUDED, TRANSFORM
from lambda_bedrock_profile.declaration.rules import check_combinations
from lambda_bedrock_profile.diagnostics import Report, nearest
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, Unknown, first_unknown, function_of
from lambda_bedrock_profile.template.references import attribute_reference, depends_on
from lambda_bedrock_profile.values import Expression, Json

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
    "Monitoring",
    "Guardrail",
)
"""The properties whose value decides what the expansion holds, so it has to be known before deployment."""

ROUTE: Final = frozenset(
    {
        "BedrockModelId",
        "Geography",
        "DeployCrossRegionProfile",
        "DestinationRegions",
        "ExistingInferenceProfile",
        "ExistingLambdaObj",
        "ExistingRole",
    }
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
_WITHOUT_ATTRIBUTES: Final = frozenset({"Type", "Properties"})
_RESOURCE_ATTRIBUTES: Final = frozenset({*_WITHOUT_ATTRIBUTES, "CreationPolicy", "UpdatePolicy", *ATTRIBUTES})


def find(template: Mapping[str, Json]) -> list[tuple[str, Mapping[str, Json]]]:
    """(logical id, resource) of every declaration in ``template``, in its order."""
    return [
        (logical_id, resource)
        for logical_id, resource in template["Resources"].items()
        if isinstance(resource, dict) and resource.get("Type") == TYPE
    ]


def parse(
    logical_id: str, resource: Mapping[str, Json], scope: Scope, report: Report, *, local_code: bool = False
) -> Declaration | None:
    """The declaration that ``resource`` makes, and in ``report`` all that is to be said of it.

    There is a declaration even beside problems, as long as the properties that the route and the function follow from
    are in order: so that these are checked in the same run. ``local_code`` lets the function's code be a path.
    """
    # The errors of this declaration decide whether there is one, so they are collected by themselves.
    errors = Report(logical_id)
    declaration = _declaration(logical_id, resource, scope, errors, local_code)
    report.add(*errors.all)
    return declaration


def _declaration(
    logical_id: str, resource: Mapping[str, Json], scope: Scope, report: Report, local_code: bool
) -> Declaration | None:
    at = report.at("Properties")
    raw_properties = resource.get("Properties")
    if not isinstance(raw_properties, dict):
        fix = "Write Properties with BedrockModelId and LambdaFunctionProps or ExistingLambdaObj"
        if "Properties" in resource:
            at.error("property", "is not a map", fix)
        elif near := nearest("Properties", resource.keys() - _RESOURCE_ATTRIBUTES):
            what = "is not an attribute of a resource"
            report.at(near).error("property", what, "Did you mean Properties?", any_value=True)
        else:
            report.error("property", "has no Properties", fix)
        return None
    if function := function_of(raw_properties):
        _opaque_object(function, at)
        return None
    _check_attributes(logical_id, resource, report)
    values = schema.read(_readable(raw_properties, scope, local_code), scope, at)
    properties = Properties.of(raw_properties if values is raw_properties else expressions(resource), values)
    _check_decisions(values, at)
    opaque = _opaque(properties, at)
    check_combinations(properties, at)
    flawed = {str(problem.path[1]) for problem in at.errors_here if len(problem.path) > 1}
    follows = "BedrockModelId" not in values and "ExistingInferenceProfile" in values
    undecided_model = not follows and isinstance(values.get("BedrockModelId", _MISSING), Unknown)
    if undecided_model or not opaque <= _ADDED_ONLY or not flawed.isdisjoint(ROUTE):
        return None
    decided = {**schema.DEFAULTS, **values}
    if flawed:
        decided |= {name: default for name, default in schema.DEFAULTS.items() if name in flawed}
    existing_function = decided.get("ExistingLambdaObj")
    subject: Subject = "LambdaFunctionProps" if existing_function is None else "ExistingLambdaObj"
    if "ExistingRole" in properties.expressions:
        subject = "ExistingRole"
    makes_function = subject == "LambdaFunctionProps"
    return Declaration(
        logical_id=logical_id,
        properties=properties,
        attributes=resource_attributes(resource),
        model=properties.expression("BedrockModelId"),
        model_id=decided.get("BedrockModelId", ""),
        existing_function=existing_function,
        cross_region=decided["DeployCrossRegionProfile"],
        geography=decided["Geography"],
        destination_regions=tuple(decided.get("DestinationRegions", ())),
        model_variable=decided["FoundationModelEnvironmentVariableName"],
        profile_variable=decided["InferenceProfileEnvironmentVariableName"],
        deploy_vpc=decided["DeployVpc"],
        interface_endpoints=tuple(map(_service, decided["InterfaceEndpoints"])),
        verify_model_access=decided["VerifyModelAccess"],
        subject=subject,
        makes_function=makes_function,
        makes_role=makes_function and "Role" not in properties.within("LambdaFunctionProps").expressions,
    )


_MISSING: Final = Unknown("not written")


def _service(item: str | Mapping[str, Json]) -> str:
    return item if isinstance(item, str) else str(item["Service"])


def _opaque(properties: Properties, report: Report) -> set[str]:
    """The property objects that are no map which can be looked into; an error for each that is a function's result."""
    opaque = [name for name in PROPERTY_OBJECTS if name in properties.expressions and name not in properties.maps]
    for name in opaque:
        if function := function_of(properties.expression(name)):
            _opaque_object(function, report.at(name))
    return set(opaque)


def resource_attributes(resource: Mapping[str, Json]) -> Mapping[str, Json]:
    """The resource attributes of a declaration that have a meaning for what it expands to."""
    kept = {name: resource[name] for name in ATTRIBUTES if name in resource}
    if "Metadata" in kept:
        kept["Metadata"] = _without_check(kept["Metadata"], ("cfn-lint", "config", "ignore_checks"))
    return {name: value for name, value in kept.items() if name != "Metadata" or value != {}}


LIFTED: Final = "E3003"
"""cfn-lint's rule that wants a ServiceToken of a declaration; in what is generated it means what it says."""


def _without_check(metadata: Expression, path: tuple[str, ...]) -> Expression:
    """``metadata`` without E3003 in the list at ``path``, and without maps that hold nothing but that."""
    if not path:
        return [check for check in metadata if check != LIFTED] if isinstance(metadata, list) else metadata
    name, *rest = path
    if not isinstance(metadata, Mapping) or name not in metadata:
        return metadata
    inner = _without_check(metadata[name], tuple(rest))
    if inner in ([], {}) and inner != metadata[name]:
        return {key: value for key, value in metadata.items() if key != name}
    return {**metadata, name: inner}


def expressions(resource: Mapping[str, Json]) -> Mapping[str, Json]:
    """The properties of a declaration's resource as they go into the processed template.

    ``AWS::NoValue`` means absent, for a property and for the members of a property object.
    """
    properties = {name: value for name, value in resource["Properties"].items() if value != NO_VALUE}
    for name in PROPERTY_OBJECTS:
        value = properties.get(name)
        if isinstance(value, dict) and function_of(value) is None and NO_VALUE in value.values():
            properties[name] = {key: item for key, item in value.items() if item != NO_VALUE}
    return properties


def _readable(properties: Mapping[str, Json], scope: Scope, local_code: bool) -> Mapping[str, Json]:
    """``properties`` with the logical id that ExistingLambdaObj refers to, and local code as the schema knows code."""
    named_function = properties.get("ExistingLambdaObj")
    if isinstance(named_function, dict) and named_function != NO_VALUE:
        target = attribute_reference(named_function.get("Fn::GetAtt"))
        if isinstance(named_function.get("Ref"), str) and named_function["Ref"] not in scope.parameters:
            properties = {**properties, "ExistingLambdaObj": named_function["Ref"]}
        elif target and target[1] in ("Arn", "FunctionArn", "FunctionName"):
            properties = {**properties, "ExistingLambdaObj": target[0]}
    function = properties.get("LambdaFunctionProps")
    if local_code and isinstance(function, dict) and isinstance(function.get("Code"), str):
        properties = {**properties, "LambdaFunctionProps": {**function, "Code": {"ZipFile": function["Code"]}}}
    return properties


def _check_decisions(values: Mapping[str, Json], report: Report) -> None:
    """Report what decides the expansion and cannot be known."""
    for name in DECISIONS:
        if name in values and (unknown := first_unknown(_deciding(name, values[name]))):
            report_undecided(unknown, report.at(name))
    if isinstance(values.get("ExistingLambdaObj"), Unknown):
        report.at("ExistingLambdaObj").error(
            "property",
            "does not name a function of this template",
            "Write the logical id of a function, !Ref to it or !GetAtt of its Arn; if the function depends on a "
            "condition, write one declaration for each function, each with its Condition",
        )


def _deciding(name: str, value: Expression) -> Expression:
    """What of the ``value`` of a property decides the expansion: not each member does, and an unknown one does not."""
    if not isinstance(value, dict | list):
        return value
    definition = schema.SCHEMA["properties"][name]
    members = definition.get("items", definition).get("properties", {}).keys() - _UNDECIDING.get(name, ())
    parts = value if isinstance(value, list) else [value]
    return [
        {key: item for key, item in part.items() if key in members} if isinstance(part, dict) else part
        for part in parts
    ]


_UNDECIDING: Final[Mapping[str, tuple[str, ...]]] = {
    "Monitoring": ("AlarmTopicArn",),
    "Guardrail": ("Identifier", "Version"),
    "InterfaceEndpoints": ("PolicyStatements",),
}
"""Property → its members whose value decides nothing: whom alarms notify, which guardrail it is, and statements."""


def report_undecided(unknown: Unknown, report: Report) -> None:
    """Report a value that decides the expansion and cannot be known before deployment."""
    report.error(
        "property",
        f"decides the expansion, and its value cannot be known before deployment, since it is {unknown.why}",
        "Write the value itself, or take it from a parameter with a value here (not NoEcho, not SSM), from Mappings or "
        "from a condition on such parameters",
    )


def _opaque_object(function: str, report: Report) -> None:
    what_and_fix = (
        f"is the result of {function}, and the properties in it decide the expansion",
        "Write the map itself, with the intrinsic functions on the properties inside it",
    )
    report.error("property", *(INCLUDED if function == TRANSFORM else what_and_fix))


def _check_attributes(logical_id: str, resource: Mapping[str, Json], report: Report) -> None:
    if not (logical_id.isascii() and logical_id.isalnum()):
        report.error("property", "is not a logical id", "Write letters and digits only")
    if resource.keys() <= _WITHOUT_ATTRIBUTES:
        return
    for name in sorted(resource.keys() - _RESOURCE_ATTRIBUTES):
        near = nearest(name, ATTRIBUTES)
        fix = f"Did you mean {near}?" if near else f"Remove it; there are {', '.join(ATTRIBUTES)}"
        report.at(name).error("property", "is not an attribute of a resource", fix, any_value=True)
    for name in ("CreationPolicy", "UpdatePolicy"):
        if name in resource:
            what = f"{name} has no meaning for a declaration: nothing that it expands to takes one"
            report.at(name).error("property", what, f"Remove {name}", any_value=True)
    for name, policies in _POLICIES.items():
        policy = resource.get(name)
        if isinstance(policy, str) and policy not in policies:
            what = "is no policy for a declaration: nothing that it expands to has snapshots"
            report.at(name).error("property", what, f"Write {' or '.join(policies)}")
    if "DependsOn" in resource and not all(isinstance(name, str) for name in depends_on(resource)):
        what = "is not a list of logical ids"
        report.at("DependsOn").error("property", what, "Write one logical id, or a list of them")
    if not isinstance(resource.get("Condition", ""), str):
        what = "is not the name of a condition"
        report.at("Condition").error("property", what, "Write the name of one condition")
